import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { namespaces } from '../../../kube/builtin.ts';
import type { KubeObject, ResourceType } from '../../../kube/objects.ts';
import { jobs, type Job, type Pod } from '../../../kube/workloads.ts';
import { testCluster } from '../../cluster/testing.ts';
import { begin, finished, hindrance, hostsOf, JobSite, settled } from './job-site.ts';

describe.skipIf(!testCluster().owned)('in a namespace with rules', () => {
  const quotas: ResourceType<KubeObject & { readonly spec: { readonly hard: Readonly<Record<string, string>> } }> = {
    group: '',
    version: 'v1',
    plural: 'resourcequotas',
    kind: 'ResourceQuota',
    namespaced: true,
  };
  let site: JobSite;
  beforeAll(async () => {
    site = await JobSite.open();
  });
  afterEach(() => site.clock.reset());
  afterAll(() => site.close());

  /** Resolves when the API server goes by it, which it learns after it has made it. */
  async function quota(name: string, hard: Readonly<Record<string, string>>, probe: readonly string[]): Promise<void> {
    await site.client.create(quotas, { metadata: { namespace: site.namespace, name }, spec: { hard } });
    const refusal = async (): Promise<string> =>
      (await testCluster().kubectl([...probe, '--dry-run=server', '-n', site.namespace])).stderr;
    await expect.poll(refusal, { timeout: 60_000 }).toContain(`exceeded quota: ${name}`);
  }

  test('the restricted Pod Security Standard takes the pods, whatever a template asks for', async () => {
    await site.client.mergePatch(
      namespaces,
      { name: site.namespace },
      { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } },
    );
    const spec = {
      containers: [{ name: 'runner', securityContext: { privileged: true }, env: [{ name: 'A', value: 'b' }] }],
      securityContext: { runAsUser: 0 },
      restartPolicy: 'Always',
      automountServiceAccountToken: true,
    } as const;
    const life = await site.live({ podTemplate: { spec } });
    const id = await begin(life, site.spec({ credentialsSecret: 'key' }));
    const pod: Pod = await site.pod(id);
    expect(pod.spec?.automountServiceAccountToken).toBe(false);
    expect(pod.spec?.restartPolicy).toBe('Never');
    const container = pod.spec?.containers?.[0];
    expect(container?.env).toContainEqual({ name: 'A', value: 'b' });
    expect(container?.volumeMounts?.map(({ mountPath }) => mountPath)).toEqual([
      '/run/fleetwright/run',
      '/run/fleetwright/credentials',
      '/run/fleetwright/work',
      '/tmp',
    ]);
    await life.end();
  });

  test('a template that the standard refuses is named while the run waits', async () => {
    const life = await site.live({ podTemplate: { spec: { volumes: [{ name: 'host', hostPath: { path: '/' } }] } } });
    const id = await begin(life, site.spec());
    const state = await settled(life.executor, id, (seen) => hindrance(seen) !== undefined);
    expect(state).toMatchObject({
      hindrance: { reason: 'PodSecurityRefused', message: expect.stringContaining('hostPath') },
    });
    await life.end();
  });

  test('a quota for pods is named while the run waits, and when it ends', async () => {
    await site.client.mergePatch(
      namespaces,
      { name: site.namespace },
      { metadata: { labels: { 'pod-security.kubernetes.io/enforce': null } } },
    );
    await quota('no-pods', { pods: '0' }, ['run', 'probe', '--image=i']);
    const life = await site.live();
    const id = await begin(life, site.spec());
    const state = await settled(life.executor, id, (seen) => hindrance(seen) !== undefined);
    expect(state).toMatchObject({
      hindrance: { reason: 'QuotaExceeded', message: expect.stringContaining('no-pods') },
    });
    site.clock.advance(310);
    const { outcome, cause } = await finished(life, id);
    expect([outcome, cause?.reason]).toEqual(['error', 'QuotaExceeded']);
    expect(await hostsOf(life, id)).toEqual(['notRun', 'notRun', 'notRun']);
    await life.executor.remove(id);
    await life.end();
  });

  test('a quota for Jobs keeps the run from starting, and it stays prepared', async () => {
    await quota('no-jobs', { 'count/jobs.batch': '0' }, ['create', 'job', 'probe', '--image=i']);
    const life = await site.live();
    const run = site.spec();
    await life.executor.prepare(run);
    await expect(life.executor.start(run.id)).rejects.toThrow(/exceeded quota: no-jobs/);
    expect((await life.executor.inspect(run.id)).state).toBe('prepared');
    await life.executor.remove(run.id);
    expect((await life.executor.inspect(run.id)).state).toBe('absent');
  });

  test('a Job of somebody else is not taken for the run', async () => {
    const other = await JobSite.open();
    const life = await other.live();
    const run = other.spec();
    await life.executor.prepare(run);
    const spec: Job['spec'] = {
      suspend: true,
      template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } },
    };
    await other.client.create(jobs, { metadata: { namespace: other.namespace, name: `run-${run.id}` }, spec });
    await expect(life.executor.start(run.id)).rejects.toThrow(
      /^Run .* could not be started: Job .* exists and is not of this task/,
    );
    expect((await life.executor.inspect(run.id)).state).toBe('prepared');
    await life.executor.remove(run.id);
    await expect(other.job(run.id)).resolves.toBeDefined();
    await other.close();
  });
});
