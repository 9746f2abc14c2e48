import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';

import { expect, onTestFinished, test, vi } from 'vitest';

import { setUpAnsible } from '../../../controllers/agenttask/runner/setup.ts';
import { accountOf } from '../../chart/accounts.ts';
import { isBy, permissionsOf, readAudit, uses, type AuditEvent } from '../../chart/audit.ts';
import { chartFolder, type Values } from '../../chart/helm.ts';
import { Installed, isHook, release, system } from '../../chart/installed.ts';
import { runJobs } from '../../chart/job-calls.ts';
import { runToEnd } from '../../chart/processes.ts';
import { helmForFile } from '../../chart/site.ts';

const helm = helmForFile();
const checkout = join(chartFolder, '..', '..');

function playbook(...steps: readonly object[]): string {
  return JSON.stringify([{ hosts: 'all', connection: 'local', gather_facts: false, tasks: steps }]);
}

/** Long enough for the controllers to look at it in between, every 10 s: then its log is written more than once. */
const long = playbook({ command: 'echo hello' }, { command: 'sleep 12' });
const hello = playbook({ command: 'echo hello' });
const endless = playbook({ command: 'echo begun' }, { command: 'sleep 600' });

/** All calls of the dispatch API, as far as this caller may make them. */
async function callAll(site: Installed, who: string, authorization: string): Promise<void> {
  const correlation = `1-${who}`;
  const post = async (path: string, body: object): Promise<unknown> => {
    const { status, body: answer } = await site.facade.post(path, body, {
      authorization,
      'x-correlation-id': correlation,
    });
    expect(`${path}: ${status} ${JSON.stringify(answer)}`).toContain(`${path}: 200`);
    return answer;
  };
  const statusOf = async (name: string): Promise<unknown> =>
    ((await post('/api/check', { name })) as { readonly content: { readonly status: unknown } }).content.status;

  await post('/api/run', { name: `hello of ${who}`, nodes: ['localhost'], content: long });
  await vi.waitFor(async () => expect(await statusOf(`hello of ${who}`)).toBe(2), { timeout: 120_000, interval: 500 });
  const linesOk = async (): Promise<number> =>
    JSON.stringify(await post('/api/getlog', { source: 'hubble' })).split('reuslt = ok').length - 1;
  expect(await linesOk()).toBe(2);

  await post('/api/run', { name: `endless of ${who}`, nodes: ['localhost'], content: endless });
  // The log is there at the first look, and longer at the end.
  await vi.waitFor(async () => expect(await linesOk()).toBe(3), { timeout: 120_000, interval: 1000 });
  await post('/api/stop', { name: `endless of ${who}` });
  await vi.waitFor(async () => expect(await statusOf(`endless of ${who}`)).toBe(4), {
    timeout: 120_000,
    interval: 500,
  });

  await post('/api/parallel_run', {
    name: `parallel of ${who}`,
    nodes: ['localhost', '127.0.0.1'],
    content: playbook({ debug: { msg: 'hello' } }),
  });
  await vi.waitFor(async () => expect(await statusOf(`parallel of ${who}`)).toBe(2), {
    timeout: 120_000,
    interval: 500,
  });

  const missing = [{ name: 'nobody made it' }, { id: 987_654_321 }];
  for (const body of missing)
    expect((await site.facade.post('/api/check', body, { authorization })).body.message).toBe('task not found...');
}

/** What kubectl does: a task with an AgentJob and an SSH key, which goes by itself. */
async function applyTask(site: Installed): Promise<void> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const metadata = { namespace: site.tasks };
  await site.apply([
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { ...metadata, name: 'fleet-ssh' },
      stringData: { 'ssh-privatekey': privateKey.export({ type: 'pkcs8', format: 'pem' }) },
    },
    {
      apiVersion: 'fleetwright.io/v1alpha1',
      kind: 'AgentJob',
      metadata: { ...metadata, name: 'hello' },
      spec: { content: hello },
    },
    {
      apiVersion: 'fleetwright.io/v1alpha1',
      kind: 'AgentTask',
      metadata: { ...metadata, name: 'applied' },
      spec: {
        hosts: ['localhost'],
        jobRef: { name: 'hello' },
        credentialsSecretRef: { name: 'fleet-ssh' },
        ttlSecondsAfterFinished: 1,
      },
    },
  ]);
  await site.kubectl(['wait', '--for=delete', 'agenttask/applied', '-n', site.tasks, '--timeout=120s']);
}

/** A task that somebody takes away by force while no recorder runs: the next one asks for it. */
async function vanish(site: Installed): Promise<void> {
  await site.apply([
    {
      apiVersion: 'fleetwright.io/v1alpha1',
      kind: 'AgentTask',
      metadata: { name: 'vanishes', namespace: site.tasks },
      spec: { hosts: ['localhost'], content: hello, paused: true },
    },
  ]);
  const task = ['agenttask', 'vanishes', '-n', site.tasks];
  await vi.waitFor(
    async () =>
      expect(await site.kubectl(['get', ...task, '-o', 'jsonpath={.metadata.finalizers}'])).toContain(
        'fleetwright.io/history',
      ),
    { timeout: 60_000, interval: 500 },
  );
  await site.stopRecorder();
  await site.kubectl(['patch', ...task, '--type=merge', '-p', '{"metadata":{"finalizers":null}}']);
  await site.kubectl(['delete', ...task]);
  const recorder = await site.startRecorder();
  await recorder.line(/recorded as they were seen last/);
}

function inWords({ verb, requestURI, responseStatus, impersonatedUser }: AuditEvent): string {
  const whom = impersonatedUser === undefined ? '' : ` for ${impersonatedUser.username}`;
  return `${responseStatus?.code} ${verb} ${requestURI}${whom}`;
}

interface Case {
  readonly values: Values;
  readonly tasks: string;
  /** Who gives the first id, and so makes the counter. */
  readonly first: 'facade' | 'controllers';
  /** What the chart allows and this test does not bring about, with the reason. */
  readonly unused: Readonly<Record<string, string>>;
}

const guarded =
  'is asked for by the admission plug-in that guards owner references, which this API server has, not by a call';
const repeated = 'only when the same event comes again';
const headroom = 'only after a thousand ids';
const contended = 'only when somebody else changes the pod at the moment in which the controllers let go of it';
const cases: Readonly<Record<string, Case>> = {
  'all namespaces': {
    tasks: 'default',
    first: 'facade',
    values: { executors: ['local', 'job'], crds: { keep: false } },
    unused: {
      'ClusterRole fleetwright-fleetwright-system-controllers: get pods': contended,
      'Role fleetwright-facade: update leases.coordination.k8s.io fleetwright-agenttask-ids': headroom,
      'ClusterRole fleetwright-fleetwright-system-controllers: update agenttasks/finalizers.fleetwright.io': guarded,
      'ClusterRole fleetwright-fleetwright-system-controllers: patch events.events.k8s.io': repeated,
    },
  },
  'one namespace, and callers by name': {
    tasks: 'team-a',
    first: 'controllers',
    values: {
      executors: ['local', 'job'],
      watchNamespace: 'team-a',
      facade: {
        dispatch: { namespace: 'team-a' },
        impersonation: {
          users: ['fleetwright:orion'],
          groups: ['night-shift'],
          serviceAccounts: [{ namespace: 'team-a', name: 'pipeline' }],
        },
      },
    },
    unused: {
      'Role fleetwright-fleetwright-system-controllers-tasks: get pods': contended,
      'Role fleetwright-facade: create configmaps': 'the controllers made the counter',
      'Role fleetwright-facade: create leases.coordination.k8s.io': 'the controllers made the mark beside it',
      'Role fleetwright-facade: update leases.coordination.k8s.io fleetwright-agenttask-ids': headroom,
      'Role fleetwright-fleetwright-system-controllers-tasks: update agenttasks/finalizers.fleetwright.io': guarded,
      'Role fleetwright-fleetwright-system-controllers-tasks: patch events.events.k8s.io': repeated,
    },
  },
};

// Each waits most of the time, on a control plane of its own: that its audit log may tell of it alone.
test.concurrent.for(Object.entries(cases))(
  'with the rights that the chart gives for %s, and none besides, all calls succeed, and each right is needed',
  { timeout: 900_000 },
  async ([, { values, tasks, first, unused }], { onTestFinished: onFinished }) => {
    await setUpAnsible((line) => console.log(line));
    const site = await Installed.open(helm(), values, tasks);
    onFinished(() => site.close());
    await site.start();

    if (first === 'controllers') await applyTask(site);
    await callAll(site, 'orion', site.orion);
    await callAll(site, 'pipeline', await site.pipeline());
    if (first === 'facade') await applyTask(site);
    await runJobs(site, hello);
    await vanish(site);
    expect(new Set(await site.stopPrograms())).toEqual(new Set(['exit code 0']));

    const { controllers, facade, recorder } = site.accounts;
    const events = (await readAudit(site.plane.auditLogPath ?? '')).filter((event) =>
      event.user.username.startsWith(`system:serviceaccount:${system}:fleetwright`),
    );
    const refused = events.filter(({ responseStatus }) => [401, 403].includes(responseStatus?.code ?? 0));
    expect(refused.map(inWords)).toEqual([]);
    expect(site.log).not.toMatch(/forbidden|"httpStatus":403/i);

    const of = { controllers, facade, history: recorder };
    const idle = permissionsOf(await site.roles()).filter((permission) => {
      const component = Object.entries(of).find(([name]) => permission.text.includes(`-${name}`));
      if (component === undefined) throw new Error(`${permission.text}: whose is it?`);
      return !events.some((event) => isBy(component[1], event) && uses(event, permission));
    });
    expect(idle.map(({ text }) => text).toSorted()).toEqual(Object.keys(unused).toSorted());
  },
);

test(
  'what helm runs before it removes the definitions ends every task, with its own rights',
  { timeout: 600_000 },
  async () => {
    await setUpAnsible((line) => console.log(line));
    const site = await Installed.open(helm(), { executors: ['local', 'job'], crds: { keep: false } }, 'default');
    onTestFinished(() => site.close());
    await site.start();
    const metadata = { namespace: 'default' };
    await site.apply([
      {
        apiVersion: 'fleetwright.io/v1alpha1',
        kind: 'AgentTask',
        metadata: { ...metadata, name: 'runs' },
        spec: { hosts: ['localhost'], content: endless },
      },
    ]);
    await site.phase('Running', 'runs');
    await site.apply([
      {
        apiVersion: 'fleetwright.io/v1alpha1',
        kind: 'AgentTask',
        metadata: { ...metadata, name: 'waits' },
        spec: { hosts: ['localhost'], content: endless },
      },
      {
        apiVersion: 'fleetwright.io/v1alpha1',
        kind: 'AgentTask',
        metadata: { ...metadata, name: 'split' },
        spec: { hosts: ['localhost', '127.0.0.1'], splitBy: 'Host', content: hello },
      },
      {
        apiVersion: 'fleetwright.io/v1alpha1',
        kind: 'AgentTask',
        metadata: { ...metadata, name: 'in-a-job' },
        spec: { hosts: ['web-1'], executor: 'job', content: endless },
      },
    ]);
    const pod = await site.jobs.begin(await site.jobs.pod('in-a-job'));

    await site.apply(
      (await site.objects()).filter(
        ({ kind, metadata: { annotations, ...rest } }) =>
          isHook({ annotations: annotations ?? {}, ...rest }) && kind !== 'Job',
      ),
    );
    const account = await accountOf(site.plane, system, 'fleetwright-uninstall');
    const { PATH = '', HOME = '' } = process.env;
    const program = join(checkout, 'controllers/uninstall.ts');
    const tooShort = await runToEnd(process.execPath, [program, '--timeout-seconds=1'], {
      PATH,
      HOME,
      KUBECONFIG: account.kubeconfigPath,
    });
    expect(tooShort).toMatchObject({ code: 1 });
    expect(tooShort.stderr).toMatch(
      /AgentTasks did not go in time: default\/\S+ \(held by fleetwright\.io.*see that they run/,
    );
    const [ended] = await Promise.all([
      runToEnd(process.execPath, [program, '--timeout-seconds=240'], {
        PATH,
        HOME,
        KUBECONFIG: account.kubeconfigPath,
      }),
      site.jobs.endWhenAsked(pod),
    ]);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(await site.kubectl(['get', 'agenttasks', '-A', '-o', 'name'])).toBe('');
    // Nothing of a run is held any more; the garbage collector takes what was its task's.
    await site.kubectl([
      'wait',
      '--for=delete',
      'jobs,pods,configmaps',
      '-l',
      'fleetwright.io/run',
      '-n',
      'default',
      '--timeout=60s',
    ]);

    await site.stopPrograms();
    const events = await readAudit(site.plane.auditLogPath ?? '');
    const idle = permissionsOf(await site.roles(true)).filter(
      (permission) => !events.some((event) => isBy(account, event) && uses(event, permission)),
    );
    expect(idle).toEqual([]);
    // No pod runs here, so the hook itself would wait for ever.
    await helm().must(['uninstall', '--no-hooks', '--wait', '--timeout', '2m'], release(site.plane));
    expect(await site.kubectl(['get', 'crds', '-o', 'name'])).toBe('');
  },
);
