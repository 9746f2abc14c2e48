import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { killContainer } from './containers.ts';
import { Installation } from './installation.ts';
import { system } from './names.ts';
import { LeaseWatch } from './leases.ts';
import { Site } from './site.ts';
import { Tasks } from './tasks.ts';

const work = 'leader';
const site = new Site(inject('e2e'));
const installation = new Installation(site, [work]);
const tasks = new Tasks(site, work);
const hosts = site.e2e.hosts.map(({ address }) => address);
const deployment = 'deployment/fleetwright-controllers';

async function leader(): Promise<{ readonly name: string; readonly node: string; readonly uid: string }> {
  const name = await site.leader(system);
  const pod = (await site.pods(system)).find((candidate) => candidate.name === name);
  if (pod === undefined) throw new Error('no pod of the controllers says that it leads');
  return { name: pod.name, node: pod.node, uid: pod.raw.metadata.uid ?? '' };
}

async function allReady(): Promise<void> {
  await site.kubectl(['rollout', 'status', '--namespace', system, '--timeout=240s', deployment]);
}

/** What a task came to: a line for each time it ran on a host, and how many pods it had. */
interface Trace {
  readonly marks: readonly string[];
  readonly pods: number;
}

const once: Trace = { marks: hosts.slice(0, 2).toSorted(), pods: 1 };

/**
 * Does something to the leader while a task is at work and another one is made. Both have succeeded when this resolves.
 */
async function through(name: string, change: () => Promise<unknown>): Promise<Trace> {
  const watch = await LeaseWatch.open(site);
  const [before, after] = [`${name}-before`, `${name}-after`];
  try {
    const { holder } = watch;
    await tasks.hold(before, hosts.slice(0, 2));
    await change();
    await tasks.make(after, { hosts: hosts.slice(2), content: '- ansible.builtin.raw: "true"\n' });
    await watch.takenFrom(holder);
    await tasks.letGo(before);
    await tasks.succeeded(before, after);
    await allReady();
    return { marks: (await tasks.marks(before)).toSorted(), pods: (await tasks.pods(before)).length };
  } finally {
    for (const { from, to, seconds } of watch.handOvers)
      console.log(`${name}: the lease went from ${from} to ${to} after ${seconds.toFixed(1)} s`);
    await watch.close();
  }
}

describe('Tasks that run as Jobs go on', () => {
  beforeAll(() => installation.begin());
  afterEach(() => tasks.letAllGo());
  afterAll(() => installation.end());

  test('while the controllers are restarted one after the other', async () => {
    expect(
      await through('restart', () => site.kubectl(['rollout', 'restart', '--namespace', system, deployment])),
    ).toEqual(once);
  });

  test('while the node of the leader is drained', async () => {
    const { node } = await leader();
    // So that the pod of the task is on another one: drained, it would end.
    await site.kubectl(['cordon', node]);
    try {
      expect(
        await through('drain', () =>
          site.kubectl(['drain', node, '--ignore-daemonsets', '--delete-emptydir-data', '--timeout=180s']),
        ),
      ).toEqual(once);
    } finally {
      await site.kubectl(['uncordon', node]);
    }
  });

  test.runIf(site.e2e.local !== undefined)('when the leader is killed', async () => {
    const { uid } = await leader();
    expect(await through('kill', () => killContainer(uid, 'controllers/main.ts'))).toEqual(once);
  });
});
