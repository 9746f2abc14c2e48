import type { Condition, KubeObject, ResourceType } from '../../../kube/objects.ts';
import { testCluster } from '../../cluster/testing.ts';

/** A small kind with a status subresource, for tests of the runtime alone. */
export interface Gadget extends KubeObject {
  readonly spec?: { readonly size?: number };
  readonly status?: { readonly phase?: string; readonly conditions?: readonly Condition[] };
}

export const gadgets: ResourceType<Gadget> = {
  group: 'kube.test',
  version: 'v1',
  plural: 'gadgets',
  kind: 'Gadget',
  namespaced: true,
};

const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'gadgets.kube.test' },
  spec: {
    group: 'kube.test',
    scope: 'Namespaced',
    names: { plural: 'gadgets', singular: 'gadget', kind: 'Gadget' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: { type: 'object', properties: { size: { type: 'integer', maximum: 100 } } },
              status: open,
            },
          },
        },
      },
    ],
  },
};

/** Makes the kind known to the cluster of this run. Left in place: other files use it at the same time. */
export async function installGadgets(): Promise<void> {
  const { kubectl } = testCluster();
  const steps = [
    await kubectl(['apply', '--server-side', '-f', '-'], { input: JSON.stringify(definition) }),
    await kubectl(['wait', '--for=condition=Established', '--timeout=60s', 'crd/gadgets.kube.test']),
  ];
  for (const { code, stderr } of steps)
    if (code !== 0) throw new Error(`the kind Gadget could not be installed: ${stderr}`);
}
