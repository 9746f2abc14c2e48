import fc from 'fast-check';
import { expect, test } from 'vitest';

import { amountOf } from '../../../../controllers/clusterstage/turns/limits.ts';
import type { ClusterStagePerZone } from '../../../../crds/types/clusterstage.ts';
import type { Node } from '../../../../kube/builtin.ts';
import type { StageStory } from '../../../harness/clusterstage/story.ts';
import { tell } from '../../../harness/clusterstage/story.ts';
import { readyNode } from '../../../harness/clusterstage/world.ts';
import { amount, patience } from '../../../harness/matrix.ts';

const upgrade = { taskTemplate: { namespace: 'default', spec: { content: '- ping:\n' } } };

const trait = fc.record({
  zone: fc.constantFrom('one', 'two'),
  controlPlane: fc.integer({ min: 0, max: 3 }).map((chance) => chance === 0),
});
const limit = fc.oneof(fc.integer({ min: 1, max: 3 }), fc.constantFrom('20%', '50%'));
const clusters = fc.record({
  traits: fc.array(trait, { minLength: 2, maxLength: 5 }),
  maxUnavailable: limit,
  perZone: fc.option(fc.record({ maxUnavailable: limit, zonesAtOnce: fc.integer({ min: 1, max: 2 }) }), {
    nil: undefined,
  }),
  ownNode: fc.nat(4),
  replicas: fc.integer({ min: 1, max: 4 }),
  seed: fc.integer({ min: 1, max: 1_000_000 }),
});

interface Cluster {
  readonly traits: readonly { readonly zone: string; readonly controlPlane: boolean }[];
  readonly maxUnavailable: number | string;
  readonly perZone: ClusterStagePerZone | undefined;
  readonly ownNode: number;
  readonly replicas: number;
}

function nodesOf({ traits }: Cluster): readonly Node[] {
  return traits.map(({ zone, controlPlane }, index) =>
    readyNode(`node-${index}`, {
      labels: {
        'topology.kubernetes.io/zone': zone,
        ...(controlPlane ? { 'node-role.kubernetes.io/control-plane': '' } : {}),
      },
    }),
  );
}

function storyOf(cluster: Cluster): StageStory {
  const nodes = nodesOf(cluster);
  const { traits, maxUnavailable, perZone, ownNode, replicas } = cluster;
  const sizes = ['one', 'two'].map((zone) => traits.filter((each) => each.zone === zone).length);
  const inZone = Math.max(...sizes.map((size) => amountOf(perZone?.maxUnavailable ?? nodes.length, Math.max(1, size))));
  const maxOut = amountOf(maxUnavailable, nodes.length);
  return {
    title: 'any cluster',
    file: '',
    world: { nodes, maxOut, maxOutInZone: inZone, ownNode: `node-${ownNode % nodes.length}` },
    script: (world) => {
      // With a budget there has to be somewhere to go.
      world.runs({ name: 'web', replicas, ...(maxOut < nodes.length ? { maxUnavailable: 1 } : {}) });
      world.applies(0, 'cluster', {
        stage: 'upgrading',
        upgrade,
        maxUnavailable,
        ...(perZone === undefined ? {} : { perZone }),
      });
    },
    ends: { cluster: ['Succeeded'] },
    check: (world) => {
      expect(world.changed()).toEqual([]);
      expect(world.claims()).toEqual([]);
      expect(world.upgraded()).toEqual(Object.fromEntries(nodes.map(({ metadata }) => [metadata.name, 1])));
    },
  };
}

test(
  'whatever the cluster, its limits and the order of events, each node is upgraded once and back as it was',
  async () => {
    const property = fc.asyncProperty(clusters, async ({ seed, ...cluster }) => {
      const { writes } = await tell(storyOf(cluster), { seed });
      expect(writes).toBeGreaterThan(0);
    });
    await fc.assert(property, { numRuns: amount(8, 200) });
  },
  patience(60_000),
);
