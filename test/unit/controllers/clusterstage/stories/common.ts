import { expect } from 'vitest';

import type { ClusterStageSpec } from '../../../../../crds/types/clusterstage.ts';
import type { StageWorld } from '../../../../harness/clusterstage/world.ts';

export const upgrade: NonNullable<ClusterStageSpec['upgrade']> = {
  taskTemplate: { namespace: 'default', spec: { content: '- ping:\n' } },
};

/** All nodes are as they were, and none is claimed. */
export const untouched = (world: StageWorld): void => {
  expect(world.changed()).toEqual([]);
  expect(world.claims()).toEqual([]);
};

/** All is as it was, and each of these nodes was upgraded once, no other. */
export const upgradedOnce =
  (...nodes: readonly string[]) =>
  (world: StageWorld): void => {
    untouched(world);
    expect(world.upgraded()).toEqual(Object.fromEntries(nodes.map((node) => [node, 1])));
  };

/** These nodes are out of service and claimed, no others. */
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

export const cordoned = { spec: { unschedulable: true } };

export const controlPlane = { labels: { 'node-role.kubernetes.io/control-plane': '' } };
