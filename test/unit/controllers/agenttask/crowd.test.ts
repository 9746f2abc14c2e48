import { expect, test } from 'vitest';

import { agentTasks, type AgentTaskSpec } from '../../../../crds/types/agenttask.ts';
import type { Behaviour } from '../../../harness/agenttask/machine.ts';
import { agentTask } from '../../../harness/agenttask/objects.ts';
import { patience, seeds } from '../../../harness/matrix.ts';
import { Random } from '../../../harness/world/random.ts';
import { tell, type Story } from '../../../harness/agenttask/story.ts';
import type { World } from '../../../harness/agenttask/world.ts';

const hosts = ['a', 'b', 'c', 'd'];
const behaviours: readonly Behaviour[] = [
  { lasts: 30 },
  { lasts: 5, outcome: 'failed', hosts: { a: 'failed' } },
  { lostAfter: 10 },
  { heeds: 'kill' },
  { ignoresTimeout: true, heeds: 'terminate' },
  { cannotStart: true },
  { bytesPerSecond: 100_000 },
];
const ends = ['Succeeded', 'PartlySucceeded', 'Failed', 'Stopped', 'gone'] as const;
const size = 12;

/**
 * Tasks that want the same few hosts, and owners who change their minds.
 * @param addresses other names of the hosts, with the names of their Nodes
 */
function crowd(seed: number, addresses: Readonly<Record<string, string>> = {}): Story {
  const random = new Random(seed);
  const addressOf = new Map(Object.entries(addresses).map(([address, name]) => [name, address]));
  const spelled = (host: string): string => (random.chance(0.5) ? (addressOf.get(host) ?? host) : host);
  const names = Array.from({ length: size }, (_, index) => `task-${index}`);
  const script = (world: World): void => {
    for (const [index, name] of names.entries()) {
      const wanted = hosts.filter(() => random.chance(0.4));
      const spec: AgentTaskSpec = {
        hosts: (wanted.length === 0 ? ['a'] : wanted).map(spelled),
        timeoutSeconds: 60,
        shared: random.chance(0.15),
        paused: random.chance(0.15),
      };
      world.behaves(name, random.pick(behaviours));
      world.applies(index * 2, agentTask(name, random.chance(0.2) ? { ...spec, ttlSecondsAfterFinished: 30 } : spec));
      if (spec.paused === true) world.changes(60, name, 'paused is set to false', { paused: false });
      if (random.chance(0.2)) world.changes(index * 2 + 20, name, 'stop is set', { stop: true });
      if (random.chance(0.2)) world.deletes(index * 2 + 25, name);
    }
  };
  return {
    title: `crowd ${seed}`,
    file: '',
    world: { maxRuns: 3, addresses },
    script,
    ends: Object.fromEntries(names.map((name) => [name, ends])),
  };
}

/**
 * Split tasks and plain ones that want the same few hosts, and owners who change their minds, also about single
 * children.
 */
function splitCrowd(seed: number): Story {
  const random = new Random(seed);
  const names = Array.from({ length: 4 }, (_, index) => `task-${index}`);
  const script = (world: World): void => {
    for (const host of hosts) world.behavesOn(host, random.pick(behaviours));
    for (const [index, name] of names.entries()) {
      const wanted = hosts.filter(() => random.chance(0.7));
      const spec: AgentTaskSpec = {
        hosts: wanted.length === 0 ? ['a'] : wanted,
        timeoutSeconds: 60,
        paused: random.chance(0.15),
        splitBy: random.chance(0.75) ? 'Host' : 'None',
      };
      world.applies(index * 2, agentTask(name, random.chance(0.2) ? { ...spec, ttlSecondsAfterFinished: 30 } : spec));
      if (spec.paused === true || random.chance(0.2))
        world.changes(60, name, 'paused is set to false', { paused: false });
      if (random.chance(0.3)) world.changes(index * 2 + 5, name, 'paused is set', { paused: true });
      if (random.chance(0.2)) world.changes(index * 2 + 20, name, 'stop is set', { stop: true });
      if (random.chance(0.2)) world.deletes(index * 2 + 25, name);
      world.changes(90, name, 'paused is set to false', { paused: false });
      if (random.chance(0.4))
        world.at(15 + index, `default/${name}`, 'a child is deleted by hand', () =>
          deleteOne(world, name, random.next()),
        );
    }
  };
  return {
    title: `split crowd ${seed}`,
    file: '',
    world: { maxRuns: 3 },
    script,
    ends: Object.fromEntries(names.map((name) => [name, ends])),
  };
}

function deleteOne(world: World, parent: string, choice: number): void {
  const children = world.childrenOf(parent);
  const child = children[Math.floor(choice * children.length)];
  if (child !== undefined) world.api.delete(agentTasks, child.metadata);
}

/** @returns how many writes each took */
async function tellAll(crowdOf: (seed: number) => Story): Promise<readonly number[]> {
  const all: number[] = [];
  for (const seed of seeds(10, 600)) {
    const { writes } = await tell(crowdOf(seed), { seed }).catch((error: unknown) => {
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    });
    all.push(writes);
  }
  return all;
}

test(
  'split tasks among others on few hosts come to an end, and each host sees each of them once',
  async () => {
    expect(Math.min(...(await tellAll(splitCrowd)))).toBeGreaterThan(4);
  },
  patience(120_000),
);

test(
  'a crowd of tasks on few hosts comes to an end, whoever stops, deletes, dies or lags',
  async () => {
    expect(Math.min(...(await tellAll((seed) => crowd(seed))))).toBeGreaterThan(size);
  },
  patience(120_000),
);

test(
  'a crowd of tasks that call the same few Nodes by name or by address never meets on one machine',
  async () => {
    const addresses = { '10.0.0.1': 'a', '2001:db8::2': 'b' };
    expect(Math.min(...(await tellAll((seed) => crowd(seed, addresses))))).toBeGreaterThan(size);
  },
  patience(120_000),
);
