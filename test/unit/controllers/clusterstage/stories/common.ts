import { expect } from 'vitest';

import type { ClusterStageSpec } from '../../../../../crds/types/clusterstage.ts';
import type { StageWorld } from '../../../../harness/clusterstage/world.ts';

export const upgrade: NonNullable<ClusterStageSpec['upgrade']> = {
  taskTemplate: { namespace: 'default', spec: { content: '- ping:\n' } },
};

export const untouched = (world: StageWorld): void => {
  expect(world.changed()).toEqual([]);
  expect(world.claims()).toEqual([]);
};

export const out =
  (...nodes: readonly string[]) =>
  (world: StageWorld): void => {
    // Nodes are claimed side by side, in any order.
    expect(world.changed().map((line) => line.split(':')[0])).toEqual(nodes);
    expect(
      world
        .claims()
        .map((line) => line.split(' ')[0] ?? '')
        .toSorted(),
    ).toEqual(nodes);
  };

export const zone = (name: string) => ({ labels: { 'topology.kubernetes.io/zone': name } });

export const controlPlane = { labels: { 'node-role.kubernetes.io/control-plane': '' } };
