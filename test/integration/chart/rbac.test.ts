import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { setUpAnsible } from '../../../controllers/agenttask/runner/setup.ts';
import { accountOf } from '../../chart/accounts.ts';
import { isBy, permissionsOf, readAudit, uses, type AuditEvent } from '../../chart/audit.ts';
import { chartFolder, type Values } from '../../chart/helm.ts';
import { Installed, isHook, release, startAudited, system } from '../../chart/installed.ts';
import { runJobs } from '../../chart/job-calls.ts';
import { callGroups } from '../../chart/jobx-calls.ts';
import { runToEnd } from '../../chart/processes.ts';
import { helmForFile } from '../../chart/site.ts';
import { recoverVolumes } from '../../chart/recovery-calls.ts';
import { callStages, upgradeNode } from '../../chart/stage-calls.ts';
import { applyTask, callAll, callEach, endless, hello, vanish } from '../../chart/task-calls.ts';
import type { ControlPlane } from '../../cluster/control-plane.ts';
import { bareEnvironment } from '../../harness/environment.ts';
import { askForProgress, rollUpgrade } from '../../chart/upgrade-calls.ts';

const helm = helmForFile();
const checkout = join(chartFolder, '..', '..');

function inWords({ verb, requestURI, responseStatus, impersonatedUser }: AuditEvent): string {
  const whom = impersonatedUser === undefined ? '' : ` for ${impersonatedUser.username}`;
  return `${responseStatus?.code} ${verb} ${requestURI}${whom}: ${responseStatus?.message}`;
}

interface Case {
  readonly values: Values;
  readonly tasks: string;
  /** Namespace of project 1 of the JOBX API. */
  readonly project: string;
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
const looked = 'only for what went while no recorder ran, or that the controllers change at the same moment';
const lost = 'only when the answer to a write got lost';
/** These may come about in any run, or not. */
const byChance: ReadonlySet<string | undefined> = new Set([repeated, contended, looked, lost]);

/** What is for volumes, zones and search clusters, by the role that has it. */
function ofStorage(controllers: string): Readonly<Record<string, string>> {
  const cluster = 'ClusterRole fleetwright-fleetwright-system-controllers';
  const facade = 'Role fleetwright-fleetwright-system-facade-recoveries: impersonate-on';
  const upgrades = 'Role fleetwright-fleetwright-system-facade-upgrades: impersonate-on';
  return {
    [`${cluster}: get storagezones.fleetwright.io`]: lost,
    [`${controllers}: get volumerecoveries.fleetwright.io`]: lost,
    [`${facade}:user-info:get volumerecoveries.fleetwright.io`]: lost,
    [`${facade}:serviceaccount:get volumerecoveries.fleetwright.io`]: lost,
    [`${upgrades}:user-info:get rollingupgrades.fleetwright.io`]: lost,
    [`${upgrades}:serviceaccount:get rollingupgrades.fleetwright.io`]: lost,
    'Role fleetwright-facade: update leases.coordination.k8s.io fleetwright-volumerecovery-ids': headroom,
  };
}

const cases = {
  'all namespaces': {
    tasks: 'default',
    // Of its own: what it needs there is not what tasks of others need.
    project: 'project-a',
    first: 'facade',
    values: {
      executors: ['local', 'job'],
      crds: { keep: false },
      facade: { jobx: { projects: { 1: 'project-a' } } },
    },
    unused: {
      'ClusterRole fleetwright-fleetwright-system-controllers: get pods': contended,
      'ClusterRole fleetwright-fleetwright-system-controllers: get deploygroups.fleetwright.io': lost,
      'ClusterRole fleetwright-fleetwright-system-history: get deploygroups.fleetwright.io': looked,
      'ClusterRole fleetwright-fleetwright-system-history: get rollingupgrades.fleetwright.io': looked,
      'Role fleetwright-facade: update leases.coordination.k8s.io fleetwright-agenttask-ids': headroom,
      'Role fleetwright-facade: update leases.coordination.k8s.io fleetwright-deploygroup-ids': headroom,
      'ClusterRole fleetwright-fleetwright-system-controllers: update agenttasks/finalizers.fleetwright.io': guarded,
      'ClusterRole fleetwright-fleetwright-system-controllers: update clusterstages/finalizers.fleetwright.io': guarded,
      'ClusterRole fleetwright-fleetwright-system-controllers: update rollingupgrades/finalizers.fleetwright.io':
        guarded,
      'ClusterRole fleetwright-fleetwright-system-controllers: patch events.events.k8s.io': repeated,
      ...ofStorage('ClusterRole fleetwright-fleetwright-system-controllers'),
    },
  },
  'one namespace': {
    tasks: 'team-a',
    project: 'team-a',
    first: 'controllers',
    values: {
      executors: ['local', 'job'],
      watchNamespace: 'team-a',
      facade: {
        dispatch: { namespace: 'team-a' },
        jobx: { projects: { 1: 'team-a' } },
        impersonation: {
          users: ['fleetwright:orion'],
          groups: ['night-shift'],
          serviceAccounts: [{ namespace: 'team-a', name: 'pipeline' }],
        },
      },
    },
    unused: {
      'Role fleetwright-fleetwright-system-controllers-tasks: get pods': contended,
      'Role fleetwright-fleetwright-system-controllers-tasks: get deploygroups.fleetwright.io': lost,
      'Role fleetwright-fleetwright-system-history-tasks: get deploygroups.fleetwright.io': looked,
      'Role fleetwright-fleetwright-system-history-tasks: get rollingupgrades.fleetwright.io': looked,
      'Role fleetwright-facade: update leases.coordination.k8s.io fleetwright-agenttask-ids': headroom,
      'Role fleetwright-facade: update leases.coordination.k8s.io fleetwright-deploygroup-ids': headroom,
      'Role fleetwright-fleetwright-system-controllers-tasks: update agenttasks/finalizers.fleetwright.io': guarded,
      'Role fleetwright-fleetwright-system-controllers-tasks: update rollingupgrades/finalizers.fleetwright.io':
        guarded,
      'Role fleetwright-fleetwright-system-controllers-tasks: patch events.events.k8s.io': repeated,
      ...ofStorage('Role fleetwright-fleetwright-system-controllers-tasks'),
    },
  },
} satisfies Readonly<Record<string, Case>>;

// Of its own: its audit log is read, and the definitions come and go.
let plane: ControlPlane;
/** What is installed at the moment. */
let site: Installed;

beforeAll(async () => {
  await setUpAnsible((line) => console.log(line));
  plane = await startAudited();
});

afterAll(async () => {
  await site.close();
  await plane.stop();
});

async function begin({ values, tasks, project }: Case): Promise<void> {
  site = await Installed.open(plane, helm(), values, { tasks, project });
  await site.start();
}

async function doEverything({ first, project }: Case): Promise<void> {
  if (first === 'controllers') await applyTask(site);
  await callAll(site, 'orion', site.orion);
  await callEach(site, 'pipeline', await site.pipeline());
  if (first === 'facade') await applyTask(site);
  await callGroups(site, project, hello);
  await callStages(site);
  // Of the whole cluster, which only controllers of all namespaces look after.
  if (first === 'facade') await upgradeNode(site);
  await runJobs(site, hello);
  await rollUpgrade(site, hello);
  await recoverVolumes(site);
  await askForProgress(site, await site.pipeline());
  await vanish(site, 'AgentTask');
  // Recorded only where the whole cluster is looked after.
  if (first === 'facade') await vanish(site, 'ClusterStage');
}

interface Standing {
  readonly refused: readonly string[];
  readonly idle: readonly string[];
}

/** What was refused so far, and which rights were of no use, but for those that are used by chance. */
async function standing({ unused }: Case): Promise<Standing> {
  const { controllers, facade, recorder } = site.accounts;
  const events = await readAudit(plane, [controllers, facade, recorder]);
  const refused = events.filter(({ responseStatus }) => [401, 403].includes(responseStatus?.code ?? 0));
  const of = { controllers, facade, history: recorder };
  const idle = permissionsOf(await site.roles()).filter((permission) => {
    const component = Object.entries(of).find(([name]) => permission.text.includes(`-${name}`));
    if (component === undefined) throw new Error(`${permission.text}: whose is it?`);
    return !events.some((event) => isBy(component[1], event) && uses(event, permission));
  });
  const texts = idle.map(({ text }) => text).filter((text) => !byChance.has(unused[text]));
  return { refused: refused.map(inWords), idle: texts.toSorted() };
}

/** How it has to stand when everything was done. */
function wanted({ unused }: Case): Standing {
  const never = Object.keys(unused).filter((text) => !byChance.has(unused[text]));
  return { refused: [], idle: never.toSorted() };
}

describe('for all namespaces,', () => {
  test(
    'all calls succeed with the rights that the chart gives, and each of them is needed',
    { timeout: 900_000 },
    async () => {
      await begin(cases['all namespaces']);
      await doEverything(cases['all namespaces']);
      expect(await standing(cases['all namespaces'])).toEqual(wanted(cases['all namespaces']));
      expect(site.log).not.toMatch(/forbidden|"httpStatus":403/i);
    },
  );

  test(
    'what helm runs before it removes the definitions ends every task, with its own rights',
    { timeout: 600_000 },
    async () => {
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
        {
          apiVersion: 'fleetwright.io/v1alpha1',
          kind: 'VolumeRecovery',
          metadata: { ...metadata, name: 'has-no-zone' },
          spec: {
            source: { zone: 'a', volumeTypeID: 'gold', volumeID: 'v-1' },
            destination: { zone: 'b', tenantID: 'cafe', volumeTypeID: 'silver' },
          },
        },
        {
          apiVersion: 'fleetwright.io/v1alpha1',
          kind: 'RollingUpgrade',
          metadata: { ...metadata, name: 'has-no-cluster' },
          spec: {
            serviceGroupInstanceNo: '1',
            targetVersion: '2.9.0',
            engine: { openSearch: { endpoints: ['http://127.0.0.1:1'] } },
            members: {
              hosts: {
                nodes: [{ name: 'os-1', host: 'os-1.example.com' }],
                taskTemplate: { jobRef: { name: 'replaces-it' } },
              },
            },
          },
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
      const env = { ...bareEnvironment(), KUBECONFIG: account.kubeconfigPath };
      const program = join(checkout, 'controllers/uninstall.ts');
      const tooShort = await runToEnd(process.execPath, [program, '--timeout-seconds=1'], env);
      expect(tooShort).toMatchObject({ code: 1 });
      expect(tooShort.stderr).toMatch(/\d+ \w+s did not go in time: \S+ \(held by .*see that they run/);
      const [ended] = await Promise.all([
        runToEnd(process.execPath, [program, '--timeout-seconds=240'], env),
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

      expect(new Set(await site.stopPrograms())).toEqual(new Set(['exit code 0']));
      const events = await readAudit(plane, [account]);
      const idle = permissionsOf(await site.roles(true)).filter(
        (permission) => !events.some((event) => uses(event, permission)),
      );
      expect(idle).toEqual([]);
      // No pod runs here, so the hook itself would wait for ever.
      await helm().must(['uninstall', '--no-hooks', '--wait', '--timeout', '2m'], release(plane));
      expect(await site.kubectl(['get', 'crds', '-o', 'name'])).toBe('');
    },
  );
});

describe('for one namespace, and callers by name,', () => {
  test(
    'all calls succeed with the rights that the chart gives, and each of them is needed',
    { timeout: 900_000 },
    async () => {
      // With the counter of the installation before.
      await site.close();
      await site.kubectl(['delete', 'namespace', system, '--timeout=120s']);
      await begin(cases['one namespace']);
      await doEverything(cases['one namespace']);
      expect(await standing(cases['one namespace'])).toEqual(wanted(cases['one namespace']));
      expect(site.log).not.toMatch(/forbidden|"httpStatus":403/i);
      expect(new Set(await site.stopPrograms())).toEqual(new Set(['exit code 0']));
    },
  );
});
