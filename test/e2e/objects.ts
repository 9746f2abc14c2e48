/** What the tests read of objects that kubectl prints as JSON. */

export interface PodView {
  readonly name: string;
  readonly component: string;
  readonly node: string;
  readonly ready: boolean;
}

interface Pod {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec: { readonly nodeName?: string };
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

interface List<T> {
  readonly items: readonly T[];
}

export function listOf(items: readonly object[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}

export function parsePods(json: string): readonly PodView[] {
  const list: List<Pod> = JSON.parse(json);
  return list.items.map(({ metadata, spec, status }) => ({
    name: metadata.name,
    component: metadata.labels?.['app.kubernetes.io/component'] ?? '',
    node: spec.nodeName ?? '',
    ready: (status.conditions ?? []).some(({ type, status: value }) => type === 'Ready' && value === 'True'),
  }));
}

export function statusOf(json: string): unknown {
  const object: { readonly status?: unknown } = JSON.parse(json);
  return object.status;
}
