import { describe, expect, test } from 'vitest';
import { runFileKey } from '../../../../../../controllers/agenttask/executors/job/contract.ts';
import {
  configMapOf,
  jobOf,
  runFileOf,
  sharesOf,
} from '../../../../../../controllers/agenttask/executors/job/objects.ts';
import type { JobSettings } from '../../../../../../controllers/agenttask/executors/job/order.ts';
import type { RunSpec } from '../../../../../../controllers/agenttask/executors/executor.ts';
import type { Job } from '../../../../../../kube/workloads.ts';

const owner = { namespace: 'ns', name: 'task', uid: 'u1', hosts: [] };
const settings: JobSettings = { image: 'runner:1', maxOutputBytes: 1000 };

function run(hosts: number, change: Partial<RunSpec> = {}): RunSpec {
  return {
    id: 'u1-1-1',
    hosts: Array.from({ length: hosts }, (_, n) => `h${n}`),
    content: '- debug:',
    user: 'root',
    variables: {},
    forks: 5,
    timeoutSeconds: 600,
    hostKeyChecking: true,
    ...change,
  };
}

function made(spec: RunSpec, more: JobSettings = settings): Job {
  const { id, timeoutSeconds, job, credentialsSecret } = spec;
  return jobOf(owner, { id, timeoutSeconds, job, credentialsSecret, ...sharesOf(spec, more) }, more);
}

describe('the Job', () => {
  test('has one pod for few hosts, and never makes it again', () => {
    const { metadata, spec } = made(run(20));
    expect(metadata).toMatchObject({
      namespace: 'ns',
      name: 'run-u1-1-1',
      labels: { 'fleetwright.io/run': 'u1-1-1' },
      finalizers: ['fleetwright.io/run'],
    });
    expect(metadata.ownerReferences).toEqual([
      {
        apiVersion: 'fleetwright.io/v1alpha1',
        kind: 'AgentTask',
        name: 'task',
        uid: 'u1',
        controller: true,
        blockOwnerDeletion: false,
      },
    ]);
    expect(spec).toMatchObject({
      completionMode: 'Indexed',
      completions: 1,
      parallelism: 1,
      backoffLimit: 0,
      podReplacementPolicy: 'Failed',
      activeDeadlineSeconds: 1020,
      ttlSecondsAfterFinished: 3600,
    });
    expect(spec).not.toHaveProperty('backoffLimitPerIndex');
    expect(spec.podFailurePolicy?.rules).toEqual([
      { action: 'FailJob', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
    ]);
    expect(spec.template.metadata).toMatchObject({
      labels: { 'fleetwright.io/run': 'u1-1-1' },
      finalizers: ['fleetwright.io/run'],
    });
  });

  test.each([
    [21, 5, undefined, { completions: 2, parallelism: 2 }, 2],
    [100, 3, 10, { completions: 10, parallelism: 3 }, 1],
    [100, 100, 10, { completions: 10, parallelism: 10 }, 10],
    [7, 5, 1, { completions: 7, parallelism: 5 }, 1],
    [1, 5, undefined, { completions: 1, parallelism: 1 }, 5],
  ])('shares %i hosts and %i forks out by shards of %s', (hosts, forks, shardSize, spec, each) => {
    const spread = run(hosts, { forks, ...(shardSize === undefined ? {} : { job: { shardSize } }) });
    expect(made(spread).spec).toMatchObject(spec);
    expect(runFileOf(spread, settings).run.forks).toBe(each);
  });

  test('of several pods fails one by one, and repeats a disrupted one only where the task allows it', () => {
    const { spec } = made(run(40));
    expect(spec).toMatchObject({ backoffLimitPerIndex: 0, podFailurePolicy: { rules: [{ action: 'FailIndex' }] } });
    expect(spec).not.toHaveProperty('backoffLimit');
    expect(made(run(40, { job: { onDisruption: 'Retry' } })).spec.podFailurePolicy?.rules[0]?.action).toBe('Ignore');
    expect(made(run(1, { job: { onDisruption: 'Retry' } })).spec.podFailurePolicy?.rules[0]?.action).toBe('Ignore');
  });

  test('has what the task asks for, else what the operator set', () => {
    const job = {
      image: 'mine:1',
      serviceAccountName: 'robot',
      startDeadlineSeconds: 30,
      resources: { limits: { memory: '1Gi' } },
    };
    const podTemplate = {
      spec: { containers: [{ name: 'runner', resources: { requests: { cpu: '1' }, limits: { cpu: '2' } } }] },
    };
    const { spec, metadata } = made(run(1, { job }), { ...settings, startDeadlineSeconds: 60, podTemplate });
    expect(spec.template.spec).toMatchObject({ serviceAccountName: 'robot', automountServiceAccountToken: true });
    expect(spec.template.spec.containers[0]).toMatchObject({
      image: 'mine:1',
      resources: { requests: { cpu: '1' }, limits: { memory: '1Gi' } },
    });
    expect([spec.activeDeadlineSeconds, metadata.annotations?.['fleetwright.io/start-deadline-seconds']]).toEqual([
      750,
      '30',
    ]);
  });

  test('is restricted, whatever the template says', () => {
    const violent = {
      metadata: { labels: { 'fleetwright.io/run': 'other', team: 'a' } },
      spec: {
        restartPolicy: 'Always',
        automountServiceAccountToken: true,
        securityContext: { runAsUser: 0 },
        terminationGracePeriodSeconds: 1,
        volumes: [{ name: 'fleetwright-work', hostPath: { path: '/' } }, { name: 'content' }],
        tolerations: [
          { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute', operator: 'Exists' },
          { key: 'mine' },
        ],
        containers: [
          {
            name: 'runner',
            args: ['rm'],
            image: 'evil',
            securityContext: { privileged: true },
            volumeMounts: [{ name: 'x', mountPath: '/tmp' }],
          },
        ],
      },
    } as const;
    const { metadata, spec } = made(run(1, { credentialsSecret: 'key' }), { ...settings, podTemplate: violent }).spec
      .template;
    expect(metadata?.labels).toMatchObject({ 'fleetwright.io/run': 'u1-1-1', team: 'a' });
    expect(spec).toMatchObject({
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 30,
    });
    expect(spec.securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: 65_532,
      runAsGroup: 65_532,
      fsGroup: 65_532,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(spec.containers[0]).toMatchObject({
      image: 'runner:1',
      args: ['controllers/agenttask/pod/main.ts'],
      securityContext: {
        privileged: false,
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
    });
    expect(spec.containers[0]?.volumeMounts?.map(({ name }) => name)).toEqual([
      'fleetwright-run',
      'fleetwright-credentials',
      'fleetwright-work',
      'fleetwright-tmp',
    ]);
    expect(spec.volumes).toContainEqual({ name: 'fleetwright-work', emptyDir: { medium: 'Memory' } });
    const [privateKey, knownHosts] = ['ssh-privatekey', 'known_hosts'].map((name) => ({
      name: 'key',
      items: [{ key: name, path: name }],
    }));
    const sources = [{ secret: privateKey }, { secret: { ...knownHosts, optional: true } }];
    expect(spec.volumes).toContainEqual({
      name: 'fleetwright-credentials',
      projected: { defaultMode: 0o440, sources },
    });
    expect(spec.volumes?.map(({ name }) => name)).toContain('content');
    expect(spec.tolerations?.filter(({ key }) => key === 'node.kubernetes.io/unreachable')).toEqual([
      { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 30 },
    ]);
  });
});

describe('the ConfigMap', () => {
  test('cannot change, belongs to the task, and holds no secret', () => {
    const secret = run(3, {
      sshPrivateKey: 'PRIVATE',
      credentialsSecret: 'key',
      knownHosts: 'of the secret',
      job: { image: 'x' },
    });
    const configMap = configMapOf(owner, secret, { ...settings, knownHosts: 'of the operator' });
    expect(configMap).toMatchObject({
      immutable: true,
      metadata: { name: 'run-u1-1-1', labels: { 'fleetwright.io/run': 'u1-1-1' }, ownerReferences: [{ uid: 'u1' }] },
    });
    const text = configMap.data?.[runFileKey] ?? '';
    expect(text).not.toMatch(/PRIVATE|of the secret|"job"/);
    const { hosts, content, user, variables, timeoutSeconds, hostKeyChecking, id } = secret;
    expect(JSON.parse(text)).toEqual({
      version: 1,
      run: {
        id,
        hosts,
        content,
        user,
        variables,
        timeoutSeconds,
        hostKeyChecking,
        forks: 5,
        knownHosts: 'of the operator',
      },
      shardSize: 20,
      maxOutputBytes: 1000,
    });
  });

  test('has known hosts that are given without a Secret', () => {
    expect(
      runFileOf(run(1, { knownHosts: 'given' }), { ...settings, knownHosts: 'of the operator' }).run.knownHosts,
    ).toBe('given');
    expect(runFileOf(run(1), settings).run).not.toHaveProperty('knownHosts');
  });
});
