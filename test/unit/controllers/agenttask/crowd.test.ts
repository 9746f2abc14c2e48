import { expect, test } from 'vitest';

import type { AgentTaskSpec } from '../../../../crds/types/agenttask.ts';
import type { Behaviour } from '../../../harness/world/machine.ts';
import { agentTask } from '../../../harness/world/objects.ts';
import { Random } from '../../../harness/world/random.ts';
import { tell, type Story } from '../../../harness/world/story.ts';
import type { World } from '../../../harness/world/world.ts';

const hosts = ['a', 'b', 'c', 'd'];
const behaviours: readonly Behaviour[] = [{ lasts: 30 }, { lasts: 5, outcome: 'failed', hosts: { a: 'failed' } }, { lostAfter: 10 }, { heeds: 'kill' }, { ignoresTimeout: true, heeds: 'terminate' }, { cannotStart: true }, { bytesPerSecond: 100_000 }];
const ends = ['Succeeded', 'PartlySucceeded', 'Failed', 'Stopped', 'gone'] as const;
const size = 12;

/** Tasks that want the same few hosts, and owners who change their minds. */
function crowd(seed: number): Story {
  const random = new Random(seed);
  const names = Array.from({ length: size }, (_, index) => `task-${index}`);
  const script = (world: World): void => {
    for (const [index, name] of names.entries()) {
      const wanted = hosts.filter(() => random.chance(0.4));
      const spec: AgentTaskSpec = { hosts: wanted.length === 0 ? ['a'] : wanted, timeoutSeconds: 60, shared: random.chance(0.15), paused: random.chance(0.15) };
      world.behaves(name, random.pick(behaviours));
      world.applies(index * 2, agentTask(name, random.chance(0.2) ? { ...spec, ttlSecondsAfterFinished: 30 } : spec));
      if (spec.paused === true) world.changes(60, name, 'paused is set to false', { paused: false });
      if (random.chance(0.2)) world.changes(index * 2 + 20, name, 'stop is set', { stop: true });
      if (random.chance(0.2)) world.deletes(index * 2 + 25, name);
    }
  };
  return { title: `crowd ${seed}`, file: '', world: { maxRuns: 3 }, script, ends: Object.fromEntries(names.map((name) => [name, ends])) };
}

test('a crowd of tasks on few hosts comes to an end, whoever stops, deletes, dies or lags', async () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const { writes } = await tell(crowd(seed), { seed }).catch((error: unknown) => {
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    });
    expect(writes, `writes with seed ${seed}`).toBeGreaterThan(size);
  }
}, 120_000);
