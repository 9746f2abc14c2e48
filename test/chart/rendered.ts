import type { Rendered } from './helm.ts';

/** @throws Error naming what there is, where this is not among it */
export function pick(objects: readonly Rendered[], kind: string, name: string): Rendered {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
  if (found === undefined)
    throw new Error(
      `there is no ${kind} ${name} ` +
        `among ${objects.map((object) => `${object.kind} ${object.metadata.name}`).join(', ')}`,
    );
  return found;
}

interface Container {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string }[];
}

/** Of a Deployment, as far as tests look at it. */
export interface PodTemplate {
  readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
  readonly spec: {
    readonly hostname?: string;
    readonly containers: readonly Container[];
    readonly volumes: readonly { readonly name: string }[];
  };
}

export function podOf(deployment: Rendered): PodTemplate {
  return (deployment as unknown as { readonly spec: { readonly template: PodTemplate } }).spec.template;
}

export function containersOf(deployment: Rendered): readonly Container[] {
  return podOf(deployment).spec.containers;
}
