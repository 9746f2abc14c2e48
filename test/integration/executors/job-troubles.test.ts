import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import type { ResourceType } from '../../../kube/objects.ts';
import { jobs, pods, type Pod } from '../../../kube/workloads.ts';
import { testCluster } from '../../cluster/testing.ts';
import {
  begin,
  changed,
  finished,
  hindrance,
  hostsOf,
  JobSite,
  over,
  settled,
  verdict,
  type Life,
} from './job-site.ts';

const notRun = ['notRun', 0, 0, 0, 0, 0] as const;

describe.skipIf(!testCluster().owned)('a run as a Kubernetes Job', () => {
  let site: JobSite;
  let life: Life;
  beforeAll(async () => {
    site = await JobSite.open();
    life = await site.live();
  });
  afterEach(() => site.clock.reset());
  afterAll(() => site.close());

  async function evict(pod: Pod): Promise<void> {
    const evictions: ResourceType = {
      group: '',
      version: 'v1',
      plural: `pods/${pod.metadata.name}/eviction`,
      kind: 'Eviction',
      namespaced: true,
    };
    await site.client.create(evictions, {
      apiVersion: 'policy/v1',
      metadata: { namespace: site.namespace, name: pod.metadata.name },
    });
  }

  /** The pod once it is to go, for the node to end it. */
  async function leaving(id: string, index = 0): Promise<Pod> {
    return site.pod(id, index, ({ metadata }) => metadata.deletionTimestamp !== undefined);
  }

  describe('whose pod is taken away', () => {
    test('by an eviction has the results that the pod left, and says so', async () => {
      const id = await begin(life, site.spec());
      const pod = await site.pod(id);
      await site.node.began(pod);
      await evict(pod);
      await site.node.ended(await leaving(id), 1, verdict('canceled', [changed, notRun, notRun]));
      await site.node.gone(pod);
      const { outcome, cause } = await finished(life, id);
      expect(outcome).toBe('canceled');
      expect(cause?.reason).toBe('PodEvicted');
      expect(cause?.message).toMatch(
        new RegExp(
          `^pod ${site.namespace}/${pod.metadata.name} on node ${site.node.name} was evicted.*onDisruption to Retry`,
        ),
      );
      expect(await hostsOf(life, id)).toEqual(['changed', 'notRun', 'notRun']);
    });

    test('by an eviction, without a word of what it did: its hosts have failed, those of other pods not', async () => {
      const id = await begin(life, site.spec({ job: { shardSize: 2 } }));
      const [first, second] = [await site.pod(id, 0), await site.pod(id, 1)];
      await site.node.began(first);
      await site.node.began(second);
      await evict(first);
      await site.node.ended(await leaving(id), 137);
      await site.node.ended(second, 0, verdict('successful', [changed]));
      const { outcome, cause } = await finished(life, id);
      expect([outcome, cause?.reason]).toEqual(['error', 'PodEvicted']);
      const lost =
        `failed: pod ${site.namespace}/${first.metadata.name} on node ${site.node.name} was lost (PodEvicted); ` +
        'what it did here is not known';
      expect(await hostsOf(life, id)).toEqual([lost, lost, 'changed']);
    });

    test('by an eviction, where it may be repeated, goes on in another pod', async () => {
      const id = await begin(life, site.spec({ job: { onDisruption: 'Retry' } }));
      const pod = await site.pod(id);
      await site.node.began(pod);
      await evict(pod);
      await site.node.ended(await leaving(id), 1, verdict('canceled', [notRun, notRun, notRun]));
      const second = await site.pod(id, 0, ({ metadata }) => metadata.uid !== pod.metadata.uid);
      expect((await life.executor.inspect(id)).state).toBe('running');
      await site.node.began(second);
      await site.node.ended(second, 0, verdict('successful', [changed, changed, changed]));
      const state = await finished(life, id);
      expect(state.outcome).toBe('successful');
      expect(state).not.toHaveProperty('cause');
      expect(await hostsOf(life, id)).toEqual(['changed', 'changed', 'changed']);
    });

    test('by somebody who deletes it says so, and the pod is not made again', async () => {
      const id = await begin(life, site.spec());
      const pod = await site.pod(id);
      await site.node.began(pod);
      await site.client.delete(pods, pod.metadata);
      await site.node.ended(await leaving(id), 137);
      await site.node.gone(pod);
      const { outcome, cause } = await finished(life, id);
      expect([outcome, cause?.reason]).toEqual(['error', 'PodDeleted']);
      expect(await site.podsOf(id)).toHaveLength(1);
    });

    test('because it used too much memory says so', async () => {
      const id = await begin(life, site.spec());
      const pod = await site.pod(id);
      await site.node.began(pod);
      await site.node.ended(pod, 137, undefined, 'OOMKilled');
      const { outcome, cause } = await finished(life, id);
      expect([outcome, cause?.reason]).toEqual(['error', 'OutOfMemory']);
      expect(cause?.message).toContain('limits.memory');
    });

    test('with its node, which does not answer, goes on until somebody answers for the pod', async () => {
      const id = await begin(life, site.spec());
      const pod = await site.pod(id);
      await site.node.began(pod);
      await site.node.condition(pod, {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'DeletionByTaintManager',
        message: 'Taint manager: deleting due to NoExecute taint',
      });
      await site.client.delete(pods, pod.metadata);
      await leaving(id);
      site.clock.advance(75);
      const state = await settled(life.executor, id, (seen) => hindrance(seen) === 'NodeLost');
      expect(state.state).toBe('running');
      site.clock.reset();
      await site.client.delete(pods, pod.metadata, { gracePeriodSeconds: 0 });
      await site.pod(id, 0, ({ metadata }) => metadata.deletionGracePeriodSeconds === 0);
      expect((await life.executor.inspect(id)).state).toBe('running');
      site.clock.advance(65);
      const { outcome, cause } = await finished(life, id);
      expect([outcome, cause?.reason]).toEqual(['error', 'NodeLost']);
      expect((await hostsOf(life, id))[0]).toMatch(/^failed: pod .* was lost \(NodeLost\)/);
      await life.executor.release(id);
      await expect.poll(() => site.podsOf(id), { timeout: 60_000, interval: 200 }).toEqual([]);
    });
  });

  test('that is deleted ends its pods, has what they left, and is told from a run that never was', async () => {
    const id = await begin(life, site.spec());
    const pod = await site.pod(id);
    await site.node.began(pod);
    await site.client.delete(jobs, (await site.job(id)).metadata, { propagationPolicy: 'Background' });
    const state = await settled(life.executor, id, (seen) => hindrance(seen) === 'JobDeleted');
    expect(state.state).toBe('running');
    await site.node.ended(await leaving(id), 1, verdict('canceled', [changed, notRun, notRun]));
    const { outcome, cause } = await finished(life, id);
    expect([outcome, cause?.reason]).toEqual(['canceled', 'JobDeleted']);
    await life.executor.start(id);
    expect(await hostsOf(life, id)).toEqual(['changed', 'notRun', 'notRun']);
    await life.executor.release(id);
    expect((await life.executor.inspect(id)).state).toBe('absent');
  });

  test('that somebody takes away, finalizer and all, is lost, and never starts again', async () => {
    const id = await begin(life, site.spec());
    const pod = await site.pod(id);
    await site.node.began(pod);
    const { metadata } = await site.job(id);
    await site.client.mergePatch(jobs, metadata, { metadata: { finalizers: null } });
    await site.client.delete(jobs, metadata, { propagationPolicy: 'Background' });
    await settled(life.executor, id, (seen) => hindrance(seen) === 'JobDeleted');
    await site.node.ended(await leaving(id), 137);
    expect((await settled(life.executor, id, over)).state).toBe('lost');
    await expect(life.executor.start(id)).rejects.toThrow('a run never starts twice');
    await expect(site.job(id)).rejects.toThrow('not found');
  });

  describe('that cannot begin', () => {
    test('because of its image says so, and ends once it has waited long enough', async () => {
      const id = await begin(life, site.spec());
      const pod = await site.pod(id);
      await site.node.waits(pod, 'ImagePullBackOff', 'Back-off pulling image "example.com/runner:1"');
      const state = await settled(life.executor, id, (seen) => hindrance(seen) !== undefined);
      expect(hindrance(state)).toBe('ImageNotPullable');
      site.clock.advance(310);
      await settled(life.executor, id, () => true);
      await site.node.ended(await leaving(id), 137, undefined, 'ContainerStatusUnknown');
      const { outcome, cause } = await finished(life, id);
      expect([outcome, cause?.reason]).toEqual(['error', 'ImageNotPullable']);
      expect(cause?.message).toContain('example.com/runner:1');
    });

    test('because no node takes it says so, and another process sees why it was given up', async () => {
      const away = await site.live({ podTemplate: { spec: { nodeSelector: {} } } });
      const id = await begin(
        away,
        site.spec({ job: { startDeadlineSeconds: 10, resources: { requests: { cpu: '1000' } } } }),
      );
      const state = await settled(away.executor, id, (seen) => hindrance(seen) !== undefined);
      expect(hindrance(state)).toBe('Unschedulable');
      site.clock.advance(15);
      await settled(away.executor, id, () => true);
      await away.end();
      const { outcome, cause } = await finished(life, id);
      expect([outcome, cause?.reason]).toEqual(['error', 'Unschedulable']);
      expect(await hostsOf(life, id)).toEqual(['notRun', 'notRun', 'notRun']);
    });
  });
});
