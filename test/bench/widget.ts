import type { Condition, KubeObject, ResourceType } from '../../kube/objects.ts';

export interface WidgetSpec {
  readonly content: string;
  readonly hosts: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly user: string;
  readonly forks: number;
  readonly timeoutSeconds: number;
  readonly source: string;
  readonly correlationID: string;
}

export interface WidgetStatus {
  readonly observedGeneration?: number;
  readonly conditions?: readonly Condition[];
}

/** The kind of widget-crd.yaml. */
export interface Widget extends KubeObject {
  readonly spec: WidgetSpec;
  readonly status?: WidgetStatus;
}

export const widgets: ResourceType<Widget> = {
  group: 'bench.fleetwright.io',
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
  namespaced: true,
};

/** Whether the widget is Ready for what it now asks for. */
export function isReady({ metadata, status }: Widget): boolean {
  return (
    status?.conditions?.some(
      ({ type, status: value, observedGeneration }) =>
        type === 'Ready' && value === 'True' && observedGeneration === metadata.generation,
    ) === true
  );
}

/** A widget of about 1.5 KiB as the API server stores it, managedFields aside; no two have the same texts. */
export function newWidget(namespace: string, name: string): Widget {
  const hosts = Array.from({ length: 8 }, (_, index) => `${name}-host-${index}.rack-${index % 3}.example.org`);
  const task = (package_: string): string =>
    `    - name: ${package_} is current on the hosts of ${name}\n` +
    `      ansible.builtin.package:\n        name: ${package_}\n        state: latest\n`;
  const labels = {
    'app.kubernetes.io/name': 'widget',
    'app.kubernetes.io/instance': name,
    'bench.fleetwright.io/batch': name.slice(0, 3),
  };
  return {
    metadata: { namespace, name, labels },
    spec: {
      content: `- hosts: all\n  tasks:\n${['openssl', 'chrony', 'rsyslog', 'kernel'].map(task).join('')}`,
      hosts,
      variables: {
        owner: `team-${name}`,
        ticket: `CHG-${name}`,
        reboot: 'when-needed',
        window: '02:00-04:00',
        channel: 'stable',
        retries: '3',
      },
      user: 'operator',
      forks: 8,
      timeoutSeconds: 3600,
      source: 'benchmark',
      correlationID: `run-${name}`,
    },
  };
}
