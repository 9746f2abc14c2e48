import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { runObjectName } from '../../../controllers/agenttask/executors/job/names.ts';
import { configMaps } from '../../../kube/builtin.ts';
import type { Client } from '../../../kube/client.ts';
import { NotFoundError, TransportError } from '../../../kube/errors.ts';
import { testCluster } from '../../cluster/testing.ts';
import { begin, changed, JobSite, over, settled, verdict, type Life } from './job-site.ts';

const gone = { timeout: 60_000, interval: 200 };

/** A process may die before a write, or after it was carried out and before its answer. */
const deaths = ['before', 'after'] as const;

describe.skipIf(!testCluster().owned).each(deaths)('a process that dies %s a write', (death) => {
  let site: JobSite;
  let next: Life;
  beforeAll(async () => {
    site = await JobSite.open();
    next = await site.live();
  });
  afterAll(() => site.close());

  /**
   * Does it with processes that die at their first write, their second and so on, until one gets through; each time
   * another one goes on.
   */
  async function dyingAtEach(work: (life: Life) => Promise<void>, goOn: () => Promise<void>): Promise<number> {
    for (let at = 1; ; at += 1) {
      const { client, died } = dying(site.client, at, death);
      const life = await site.live({}, client);
      await work(life).catch((error: unknown) => {
        if (!(error instanceof TransportError)) throw error;
      });
      await life.end();
      if (!died()) return at - 1;
      await goOn();
    }
  }

  test('is followed by one that starts the run at most once', async () => {
    const uids = new Set<string | undefined>();
    let run = site.spec();
    const writes = await dyingAtEach(
      async (life) => {
        run = site.spec();
        await begin(life, run);
      },
      async () => {
        const { state } = await next.executor.inspect(run.id);
        const before = state === 'running' ? (await site.job(run.id)).metadata.uid : undefined;
        await begin(next, run);
        const { uid } = (await site.job(run.id)).metadata;
        expect(uid).toBe(before ?? uid);
        uids.add(uid);
        await site.pod(run.id);
        expect(await site.podsOf(run.id)).toHaveLength(1);
      },
    );
    // The ConfigMap, the Job, the mark.
    expect(writes).toBe(3);
    expect(uids.size).toBe(writes);
  });

  // The pod, the ConfigMap, the Job; more where the Job controller wrote in between.
  test.each([
    ['release', 3, 1],
    ['remove', 4, 0],
  ] as const)('is followed by one that goes on to %s the run', async (last, fewest, podsLeft) => {
    let id = '';
    const writes = await dyingAtEach(
      async (life) => {
        id = await begin(next, site.spec());
        const pod = await site.pod(id);
        await site.node.began(pod);
        await site.node.ended(pod, 0, verdict('successful', [changed, changed, changed]));
        await settled(next.executor, id, over);
        await life.executor[last](id);
      },
      async () => {
        await next.executor[last](id);
        await expect(
          site.client.get(configMaps, { namespace: site.namespace, name: runObjectName(id) }),
        ).rejects.toBeInstanceOf(NotFoundError);
        await expect.poll(() => next.runs.list(), gone).not.toContain(id);
        await expect.poll(() => site.podsOf(id), gone).toHaveLength(podsLeft);
      },
    );
    expect(writes).toBeGreaterThanOrEqual(fewest);
  });

  test('is followed by one that knows how the run ended meanwhile', async () => {
    const first = await site.live();
    const id = await begin(first, site.spec());
    const pod = await site.pod(id);
    await site.node.began(pod);
    await first.end();
    const times = { start: '2026-01-01T00:00:00Z', end: '2026-01-01T00:00:01Z' };
    const step = { host: 'a.example.com', name: 'x', action: 'debug', ...times, result: 'ok' };
    site.logs.texts.set(pod.metadata.name, `${JSON.stringify({ step: 0, is: step })}\n`);
    await site.node.ended(pod, 0, verdict('successful', [changed, changed, changed]));
    const second = await site.live();
    expect(await settled(second.executor, id, over)).toMatchObject({ outcome: 'successful', exitCode: 0 });
    expect(await second.executor.steps(id)).toHaveLength(1);
  });
});

/** A client that carries out so many writes, and then none. */
function dying(
  client: Client,
  at: number,
  death: (typeof deaths)[number],
): { readonly client: Client; readonly died: () => boolean } {
  let writes = 0;
  const write = async <R>(call: () => Promise<R>): Promise<R> => {
    writes += 1;
    if (writes < at) return call();
    if (writes === at && death === 'after') await call();
    throw new TransportError('TEST', new Error('the process is dead'));
  };
  return {
    client: {
      get: (type, key) => client.get(type, key),
      list: (type, options) => client.list(type, options),
      watch: (type, options, onEvent) => client.watch(type, options, onEvent),
      create: (type, object) => write(() => client.create(type, object)),
      replace: (type, object) => write(() => client.replace(type, object)),
      mergePatch: (type, key, patch, options) => write(() => client.mergePatch(type, key, patch, options)),
      apply: (type, object, options) => write(() => client.apply(type, object, options)),
      delete: (type, key, options) => write(() => client.delete(type, key, options)),
    },
    died: () => writes >= at,
  };
}
