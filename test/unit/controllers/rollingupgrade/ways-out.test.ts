import { describe, expect, test } from 'vitest';

import type { RollingUpgradeCurrent } from '../../../../crds/types/rollingupgrade.ts';
import { patience, seeds } from '../../../harness/matrix.ts';
import { rollingUpgrade } from '../../../harness/rollingupgrade/objects.ts';
import { tell, type Plot } from '../../../harness/rollingupgrade/story.ts';
import type { World } from '../../../harness/rollingupgrade/world.ts';

/** Every way out of every step: what was set is put back, machines are free, and no node is left half-way. */

type Step = RollingUpgradeCurrent['step'];

const steps: readonly Step[] = ['Freezing', 'Replacing', 'Returning', 'Restoring', 'Settling', 'Baking'];
const setting = 'all';
/** One node is old: the next would take the same steps. Its way back takes longer than its task. */
const nodes = [{ name: 'os-1' }, { name: 'os-2', version: '2.9.0' }, { name: 'os-3', version: '2.9.0' }];

function plot(script: (world: World) => void, ends: Plot['ends'], replaced: Plot['replaced'] = ['os-1']): Plot {
  return {
    world: { nodes, tasks: { 'os-1': { back: 25 } } },
    script: (world) => {
      world.cluster.persistent = setting;
      world.cluster.manager = 'os-2';
      const names = nodes.map(({ name }) => name);
      world.applies(0, rollingUpgrade('up', names, { rollout: { bakeSeconds: 5 } }));
      script(world);
    },
    ends,
    replaced,
    setting,
  };
}

/** Before its node was touched an upgrade leaves it as it is. */
const touched = (step: Step): Plot['replaced'] => (step === 'Freezing' || step === 'Replacing' ? [] : ['os-1']);

const ways: readonly (readonly [way: string, plot: Plot])[] = [
  ['nobody interferes', plot(() => undefined, { up: ['Succeeded'] })],
  ...steps.map((step) => {
    const deletes = (world: World): void => world.whenAt(step, () => world.deletes(0, 'up'));
    return [`deleted when it is ${step}`, plot(deletes, { up: ['gone'] }, touched(step))] as const;
  }),
  ...steps.map((step) => {
    const stops = (world: World): void => world.whenAt(step, () => world.changes(0, 'up', 'stopped', { stop: true }));
    // What is stopped when nothing is left to do has succeeded.
    const ends = { up: ['Stopped', 'Succeeded'] } as const;
    return [`stopped when it is ${step}`, plot(stops, ends, touched(step))] as const;
  }),
];

describe.each(ways)('%s:', (_, way) => {
  test(
    'also when the controller dies after any one of its writes',
    async () => {
      const { writes } = await tell(way);
      expect(writes).toBeGreaterThan(4);
      for (let diesAfter = 1; diesAfter <= writes; diesAfter += 1) await tell(way, { diesAfter });
    },
    patience(60_000),
  );

  test(
    'also in other orders of events, with what goes wrong',
    async () => {
      for (const seed of seeds(1, 50)) expect((await tell(way, { seed })).tale).toContain('applied');
    },
    patience(60_000),
  );
});
