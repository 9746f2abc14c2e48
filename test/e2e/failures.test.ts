import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import type { AgentTaskSpec } from '../../crds/types/agenttask.ts';
import { Installation } from './installation.ts';
import { keySecret } from './names.ts';
import { power } from './power.ts';
import { Site } from './site.ts';
import { marking, Tasks } from './tasks.ts';
import type { TaskView } from './objects.ts';

const [work, small, narrow, keyless] = ['failures', 'failures-quota', 'failures-limits', 'failures-key'] as const;
const site = new Site(inject('e2e'));
const installation = new Installation(site, [work, small, narrow, keyless]);
const tasks = new Tasks(site, work);
// A task for each address at most: two tasks do not work on one at the same time.
const addresses = site.e2e.hosts.flatMap((host) => host.addresses);
const nobodyBegins = { startDeadlineSeconds: 10 };

function address(index: number): string[] {
  return [addresses[index] ?? ''];
}

/** By which a drain makes pods go. */
async function evict(namespace: string, name: string): Promise<void> {
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
  await site.kubectl(
    ['create', '--raw', `/api/v1/namespaces/${namespace}/pods/${name}/eviction`, '-f', '-'],
    JSON.stringify(eviction),
  );
}

/** A task that never begins. */
async function neverBegins(where: Tasks, name: string, spec: Partial<AgentTaskSpec>): Promise<TaskView> {
  await where.make(name, { content: marking(name), ...spec });
  const ended = await where.ended(name);
  expect(await where.marks(name)).toEqual([]);
  expect(ended).toMatchObject({ phase: 'Failed', status: { hosts: [{ result: 'notRun' }] } });
  return ended;
}

function quota(namespace: string): object {
  return {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'no-pods', namespace },
    spec: { hard: { pods: '0' } },
  };
}

describe('A task that runs as a Job ends with the cause', () => {
  beforeAll(() => installation.begin());
  afterAll(() => installation.end());

  // The longest first: five go on at once.
  test.concurrent('when its Secret is gone by the time its pod starts', async () => {
    const there = new Tasks(site, keyless);
    await site.apply([quota(keyless)]);
    await there.make('keyless', { hosts: address(7), content: marking('keyless'), job: { startDeadlineSeconds: 60 } });
    await there.heldUp('keyless', 'QuotaExceeded');
    await site.kubectl(['delete', 'secret', '--namespace', keyless, keySecret]);
    await site.kubectl(['delete', 'resourcequota', '--namespace', keyless, 'no-pods']);
    const { phase, reason, message } = await there.ended('keyless');
    expect([phase, reason]).toEqual(['Failed', 'PodNotConfigurable']);
    expect(message).toContain(`"${keySecret}" not found`);
    expect(await there.marks('keyless')).toEqual([]);
  });

  test.concurrent('when its pod is evicted', async () => {
    await tasks.hold('evicted', address(0));
    const pod = await tasks.pod('evicted');
    await evict(work, pod.name);
    const { phase, reason, message } = await tasks.ended('evicted');
    expect([phase, reason]).toEqual(['Failed', 'PodEvicted']);
    expect(message).toContain(`pod ${work}/${pod.name} on node ${pod.node} was evicted`);
    expect(await tasks.marks('evicted')).toEqual(address(0));
    await vi.waitFor(async () => expect((await tasks.job('evicted')).conditions).toContain('Failed'), {
      timeout: 60_000,
      interval: 500,
    });
  });

  test.concurrent('when its pod is deleted by hand', async () => {
    await tasks.hold('pod-deleted', address(1));
    const pod = await tasks.pod('pod-deleted');
    await site.kubectl(['delete', 'pod', '--namespace', work, '--wait=false', pod.name]);
    const { phase, reason, message } = await tasks.ended('pod-deleted');
    expect([phase, reason]).toEqual(['Failed', 'PodDeleted']);
    expect(message).toContain(`pod ${work}/${pod.name} on node ${pod.node} was deleted by somebody`);
    expect(await tasks.marks('pod-deleted')).toEqual(address(1));
  });

  test.concurrent('when its Job is deleted by hand, which goes then', async () => {
    await tasks.hold('job-deleted', address(2));
    const job = await tasks.jobName('job-deleted');
    await site.kubectl(['delete', 'job', '--namespace', work, '--wait=false', job]);
    const { phase, reason, message } = await tasks.ended('job-deleted');
    expect([phase, reason]).toEqual(['Failed', 'JobDeleted']);
    expect(message).toContain(`Job ${work}/${job} was deleted by somebody`);
    await site.kubectl(['wait', '--namespace', work, '--for=delete', '--timeout=120s', `job/${job}`]);
    expect(await tasks.marks('job-deleted')).toEqual(address(2));
  });

  test.concurrent('when its image cannot be pulled', async () => {
    const image = 'registry.invalid/fleetwright-runner:none';
    const { reason, message } = await neverBegins(tasks, 'unpullable', {
      hosts: address(3),
      job: { ...nobodyBegins, image },
    });
    expect(reason).toBe('ImageNotPullable');
    expect(message).toContain(`cannot get the image ${image}`);
  });

  test.concurrent('when a ResourceQuota leaves no room', async () => {
    const there = new Tasks(site, small);
    await site.apply([quota(small)]);
    const { reason, message } = await neverBegins(there, 'no-quota', { hosts: address(4), job: nobodyBegins });
    expect(reason).toBe('QuotaExceeded');
    expect(message).toContain('exceeded quota: no-pods');
  });

  test.concurrent('when a LimitRange refuses its pods', async () => {
    const there = new Tasks(site, narrow);
    await site.apply([
      {
        apiVersion: 'v1',
        kind: 'LimitRange',
        metadata: { name: 'narrow', namespace: narrow },
        spec: { limits: [{ type: 'Container', max: { memory: '128Mi' } }] },
      },
    ]);
    const { reason, message } = await neverBegins(there, 'too-large', { hosts: address(5), job: nobodyBegins });
    expect(reason).toBe('PodRefused');
    expect(message).toContain('maximum memory usage per Container is 128Mi');
  });

  test.concurrent('when no node has room for its pod', async () => {
    const { reason, message } = await neverBegins(tasks, 'too-much', {
      hosts: address(11),
      job: { ...nobodyBegins, resources: { requests: { cpu: '1000' } } },
    });
    expect(reason).toBe('Unschedulable');
    expect(message).toContain('Insufficient cpu');
  });

  test.concurrent('when it uses more memory than its limit', async () => {
    const memory = '40Mi';
    await tasks.make('out-of-memory', {
      hosts: address(6),
      content: marking('out-of-memory'),
      job: { resources: { requests: { memory }, limits: { memory } } },
    });
    const { phase, reason, message } = await tasks.ended('out-of-memory');
    expect([phase, reason]).toEqual(['Failed', 'OutOfMemory']);
    expect(message).toContain('spec.job.resources.limits.memory');
    expect(await tasks.marks('out-of-memory')).toEqual([]);
  });

  test.concurrent('but goes on in another pod where it may be repeated', async () => {
    await tasks.hold('repeated', address(8), { job: { onDisruption: 'Retry' } });
    await evict(work, (await tasks.pod('repeated')).name);
    await tasks.marked('repeated', 2);
    expect(await tasks.pods('repeated')).toHaveLength(2);
    await tasks.letGo('repeated');
    await tasks.succeeded('repeated');
    expect(await tasks.marks('repeated')).toEqual([...address(8), ...address(8)]);
  });

  test.runIf(site.e2e.local !== undefined)('when its node is gone', async () => {
    const lost = site.e2e.nodes.at(-1) ?? '';
    const others = site.e2e.nodes.filter((node) => node !== lost);
    await site.kubectl(['cordon', ...others]);
    try {
      await tasks.hold('node-lost', address(9));
    } finally {
      await site.kubectl(['uncordon', ...others]);
    }
    const pod = await tasks.pod('node-lost');
    expect(pod.node).toBe(lost);
    await power(site.e2e, 'cut', lost);
    try {
      const held = await tasks.heldUp('node-lost', 'NodeLost');
      expect(held).toMatchObject({ phase: 'Running' });
      expect(held.message).toContain(`pod ${work}/${pod.name} on node ${lost}`);
      await site.kubectl(['delete', 'node', lost]);
      const { phase, reason, message } = await tasks.ended('node-lost');
      expect([phase, reason]).toEqual(['Failed', 'NodeLost']);
      expect(message).toContain(`pod ${work}/${pod.name} on node ${lost}`);
      expect(await tasks.marks('node-lost')).toEqual(address(9));
    } finally {
      await power(site.e2e, 'restore', lost);
    }
  });

  test('when Pod Security refuses what the operator adds to its pods', async () => {
    const volumes = JSON.stringify([{ name: 'machine', hostPath: { path: '/' } }]);
    await installation.helm('upgrade', [`--set-json=jobs.extraVolumes=${volumes}`]);
    const { reason, message } = await neverBegins(tasks, 'not-restricted', { hosts: address(10), job: nobodyBegins });
    expect(reason).toBe('PodSecurityRefused');
    expect(message).toContain('violates PodSecurity "restricted:latest"');
    expect(message).toContain('hostPath');
  });
});
