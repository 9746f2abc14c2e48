import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { RunStillRunningError } from '../../../controllers/agenttask/executors/errors.ts';
import { runObjectName } from '../../../controllers/agenttask/executors/job/names.ts';
import { runFinalizer } from '../../../crds/labels.ts';
import { configMaps } from '../../../kube/builtin.ts';
import { NotFoundError } from '../../../kube/errors.ts';
import { jobs } from '../../../kube/workloads.ts';
import { testCluster } from '../../cluster/testing.ts';
import { begin, changed, failed, JobSite, over, settled, verdict, type Life } from './job-site.ts';

const gone = { timeout: 60_000, interval: 200 };

describe.skipIf(!testCluster().owned)('a run as a Kubernetes Job', () => {
  let site: JobSite;
  let life: Life;
  beforeAll(async () => {
    site = await JobSite.open();
    life = await site.live();
  });
  afterAll(() => site.close());

  test('comes to its end with what its pod left, and leaves nothing once it is removed', async () => {
    const { executor } = life;
    const run = site.spec();
    expect(await executor.inspect(run.id)).toEqual({ state: 'absent' });
    await executor.prepare(run);
    await executor.prepare(run);
    expect(await executor.inspect(run.id)).toEqual({ state: 'prepared' });
    await executor.start(run.id);
    expect((await executor.inspect(run.id)).state).toBe('running');
    const pod = await site.pod(run.id);
    expect(pod.metadata.finalizers).toContain(runFinalizer);
    await site.node.began(pod);
    const steps = ['a', 'b'].map((host, step) =>
      JSON.stringify({
        step,
        is: {
          host: `${host}.example.com`,
          name: 'x',
          action: 'debug',
          start: '2026-01-01T00:00:00Z',
          end: '2026-01-01T00:00:01Z',
          result: 'changed',
        },
      }),
    );
    site.logs.texts.set(pod.metadata.name, `${steps.join('\n')}\n`);
    await settled(executor, run.id, () => true);
    await expect
      .poll(async () => (await executor.results(run.id)).hosts.map(({ result }) => result), gone)
      .toEqual(['changed', 'changed', 'notRun']);
    await expect(executor.remove(run.id)).rejects.toBeInstanceOf(RunStillRunningError);
    await site.node.ended(pod, 2, verdict('failed', [changed, failed, changed]));
    expect(await settled(executor, run.id, over)).toMatchObject({ state: 'finished', outcome: 'failed', exitCode: 2 });
    expect((await executor.results(run.id)).hosts.map(({ name, result }) => `${name} ${result}`)).toEqual([
      'a.example.com changed',
      'b.example.com failed',
      'c.example.com changed',
    ]);
    expect(await executor.steps(run.id)).toHaveLength(2);
    expect(await executor.outputBytes(run.id)).toBeGreaterThan(100);
    await expect.poll(() => executor.isHeld(run.id), gone).toBe(true);
    await executor.release(run.id);
    expect((await site.job(run.id)).metadata.finalizers ?? []).not.toContain(runFinalizer);
    await expect.poll(() => executor.isHeld(run.id), gone).toBe(false);
    await executor.remove(run.id);
    await executor.remove(run.id);
    await expect.poll(() => site.podsOf(run.id), gone).toEqual([]);
    await expect(site.job(run.id)).rejects.toBeInstanceOf(NotFoundError);
    await expect(
      site.client.get(configMaps, { namespace: site.namespace, name: runObjectName(run.id) }),
    ).rejects.toBeInstanceOf(NotFoundError);
  });

  test('is one Job, however often and by however many it is started', async () => {
    const other = await site.live();
    const run = site.spec();
    await Promise.all([life.executor.prepare(run), other.executor.prepare(run)]);
    await Promise.all([life.executor.start(run.id), other.executor.start(run.id), life.executor.start(run.id)]);
    const { uid } = (await site.job(run.id)).metadata;
    await other.executor.start(run.id);
    expect((await site.job(run.id)).metadata.uid).toBe(uid);
    await site.pod(run.id);
    expect(await site.podsOf(run.id)).toHaveLength(1);
  });

  test('puts the results of three shards together, in the order of the hosts', async () => {
    const { executor } = life;
    const id = await begin(life, site.spec({ job: { shardSize: 1 } }));
    for (const index of [2, 0, 1]) {
      const pod = await site.pod(id, index);
      await site.node.began(pod);
      await site.node.ended(
        pod,
        index === 1 ? 2 : 0,
        verdict(index === 1 ? 'failed' : 'successful', [index === 1 ? failed : changed]),
      );
    }
    expect(await settled(executor, id, over)).toMatchObject({ state: 'finished', outcome: 'failed' });
    expect((await executor.results(id)).hosts.map(({ name, result }) => `${name} ${result}`)).toEqual([
      'a.example.com changed',
      'b.example.com failed',
      'c.example.com changed',
    ]);
  });

  test('that was stopped ends as canceled, with what its pod told', async () => {
    const { executor } = life;
    const id = await begin(life, site.spec());
    const pod = await site.pod(id);
    await site.node.began(pod);
    await settled(executor, id, () => true);
    await executor.requestStop(id, 'interrupt');
    await executor.requestStop(id, 'terminate');
    const leaving = await site.pod(id, 0, ({ metadata }) => metadata.deletionTimestamp !== undefined);
    await site.node.ended(
      leaving,
      1,
      verdict('canceled', [changed, ['notRun', 0, 0, 0, 0, 0], ['notRun', 0, 0, 0, 0, 0]]),
    );
    await site.node.gone(leaving);
    const state = await settled(executor, id, over);
    expect(state).toMatchObject({ state: 'finished', outcome: 'canceled' });
    expect(state).not.toHaveProperty('cause');
    expect((await executor.results(id)).hosts.map(({ result }) => result)).toEqual(['changed', 'notRun', 'notRun']);
    await executor.release(id);
    await expect.poll(() => site.podsOf(id), gone).toEqual([]);
    await expect(site.job(id)).rejects.toBeInstanceOf(NotFoundError);
  });

  test('that is killed asks its node to end the pod at once, and waits for its word', async () => {
    const { executor } = life;
    const id = await begin(life, site.spec());
    const pod = await site.pod(id);
    await site.node.began(pod);
    await executor.requestStop(id, 'kill');
    const leaving = await site.pod(id, 0, ({ metadata }) => metadata.deletionGracePeriodSeconds === 1);
    expect((await executor.inspect(id)).state).toBe('running');
    await site.node.ended(leaving, 137);
    expect(await settled(executor, id, over)).toMatchObject({ outcome: 'canceled', exitCode: 137 });
    const { hosts } = await executor.results(id);
    expect(hosts[0]).toMatchObject({
      result: 'failed',
      message: expect.stringMatching(
        /^pod .* on node played-.* was lost \(exit code 137\); what it did here is not known$/,
      ),
    });
  });

  test('that is killed soon after it was asked to stop leaves its pod the time to tell what it came to', async () => {
    const { executor } = life;
    const id = await begin(life, site.spec());
    const pod = await site.pod(id);
    await site.node.began(pod);
    await executor.requestStop(id, 'interrupt');
    const leaving = await site.pod(id, 0, ({ metadata }) => metadata.deletionTimestamp !== undefined);
    await executor.requestStop(id, 'kill');
    expect((await site.pod(id)).metadata.deletionGracePeriodSeconds).toBe(30);
    site.clock.advance(27);
    await executor.requestStop(id, 'kill');
    expect((await site.pod(id)).metadata.deletionGracePeriodSeconds).toBe(1);
    site.clock.reset();
    await site.node.ended(leaving, 137);
    expect(await settled(executor, id, over)).toMatchObject({ outcome: 'canceled' });
  });

  test('knows pods and Jobs by the id of their run, and which of them are held', async () => {
    const id = await begin(life, site.spec());
    await expect.poll(() => life.runs.list(), gone).toContain(id);
    const pod = await site.pod(id);
    await life.runs.requestStop(id, 'kill');
    await site.node.ended(pod, 137);
    await site.node.gone(pod);
    await settled(life.executor, id, over);
    await life.runs.remove(id);
    await expect.poll(() => life.runs.list(), gone).not.toContain(id);
    expect(
      (await site.client.list(jobs, { namespace: site.namespace })).items.some(
        ({ metadata }) => metadata.name === runObjectName(id),
      ),
    ).toBe(false);
    await expect.poll(() => site.podsOf(id), gone).toEqual([]);
  });
});
