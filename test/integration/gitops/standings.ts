import type { AgentTask } from '../../../crds/types/agenttask.ts';
import type { Spec } from '../agenttask/objects.ts';
import { task } from '../agenttask/objects.ts';
import type { Site } from '../agenttask/site.ts';

/** A finalizer of somebody else, which keeps a deleted task in sight. */
const hold = 'example.com/hold';

/** A task brought to where it stands still, so that it can be looked at, recorded and compared. */
export interface Standing {
  /** Name of the file in testdata/, and of the task. */
  readonly name: string;
  /** What kstatus has to say of it. */
  readonly kstatus: 'InProgress' | 'Current' | 'Failed' | 'Terminating';
  readonly bring: (site: Site, name: string) => Promise<AgentTask>;
}

const say = 'debug: {msg: all is well}';
/** A step that neither connects to a host nor ends by itself. */
const hang = 'pause: {minutes: 60}';

/** Steps like these run beside Ansible, so that hosts need not be there. */
function spec(hosts: readonly string[], step: string, change: Spec = {}): Spec {
  return {
    hosts,
    content: `- hosts: all\n  gather_facts: false\n  tasks:\n    - name: The only step\n      ${step}\n`,
    ...change,
  };
}

function stands(kstatus: Standing['kstatus'], name: string, reason: string, given: Spec): Standing {
  const bring = async (site: Site): Promise<AgentTask> => {
    await site.createTask(name, given);
    return site.tasks.ready(name, reason);
  };
  return { name, kstatus, bring };
}

function ends(kstatus: Standing['kstatus'], name: string, given: Spec): Standing {
  return { name, kstatus, bring: (site) => site.finish(name, given) };
}

/** The task once its run has begun to tell of itself; its summary stays as it is from then on. */
async function running(site: Site, name: string): Promise<AgentTask> {
  return site.tasks.until(() => {
    const found = site.tasks.get(name);
    return found?.status?.phase === 'Running' && found.status.observedGeneration === found.metadata.generation
      ? found
      : undefined;
  });
}

async function runs(site: Site, name: string): Promise<AgentTask> {
  await site.createTask(name, spec(['app-1.example.com'], hang));
  return running(site, name);
}

async function waitsForHost(site: Site, name: string): Promise<AgentTask> {
  await site.createTask('holder', spec(['app-2.example.com'], hang));
  await running(site, 'holder');
  await site.createTask(name, spec(['app-2.example.com', 'app-3.example.com'], say));
  return site.tasks.ready(name, 'HostClaimed');
}

async function waitsForConfirmation(site: Site, name: string): Promise<AgentTask> {
  await site.mustCreate({
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'DeployGroup',
    metadata: { name: 'web' },
    spec: { type: 'List', list: [{ hosts: ['web-6.example.com'] }, { hosts: ['web-7.example.com'] }] },
  });
  const { content } = spec([], say);
  await site.createTask(name, { content, groupRef: { name: 'web' }, rollout: { confirmBefore: [1] } });
  return site.tasks.ready(name, 'WaitConfirm');
}

async function isStopped(site: Site, name: string): Promise<AgentTask> {
  await site.createTask(name, spec(['app-4.example.com'], say, { paused: true }));
  await site.tasks.ready(name, 'Paused');
  await site.patchTask(name, { stop: true });
  return site.tasks.ended(name);
}

async function isDeleted(site: Site, name: string): Promise<AgentTask> {
  await site.mustCreate({
    ...task(name, spec(['app-5.example.com'], say, { paused: true })),
    metadata: { name, finalizers: [hold] },
  });
  await site.tasks.ready(name, 'Paused');
  await site.must('delete', 'agenttask', name, '--wait=false');
  return site.tasks.until(() => {
    const found = site.tasks.get(name);
    return found?.metadata.deletionTimestamp === undefined ? undefined : found;
  });
}

/** Lets a deleted task go that its standing has held. */
export async function letGo(site: Site): Promise<void> {
  await site.must('patch', 'agenttask', 'deleting', '--type=merge', '--patch={"metadata":{"finalizers":null}}');
}

/** Before any controller has seen it: what the API server itself says of a new task. */
export const unseen: Standing = {
  name: 'new',
  kstatus: 'InProgress',
  bring: async (site, name) => {
    await site.createTask(name, spec(['web-1.example.com'], say));
    return site.tasks.until(() => site.tasks.get(name));
  },
};

export const standings: readonly Standing[] = [
  stands(
    'Failed',
    'waiting-for-secret',
    'SecretNotFound',
    spec(['web-2.example.com'], say, { credentialsSecretRef: { name: 'fleet-ssh' } }),
  ),
  stands('Failed', 'waiting-for-job', 'JobNotFound', { hosts: ['web-3.example.com'], jobRef: { name: 'restart' } }),
  { name: 'waiting-for-confirmation', kstatus: 'Failed', bring: waitsForConfirmation },
  stands('InProgress', 'paused', 'Paused', spec(['web-4.example.com'], say, { paused: true })),
  stands('Current', 'dry-run', 'Planned', spec(['web-5.example.com'], say, { dryRun: true })),
  ends('Current', 'succeeded', spec(['db-1.example.com', 'db-2.example.com'], say)),
  ends(
    'Failed',
    'partly-succeeded',
    spec(
      ['db-3.example.com', 'db-4.example.com'],
      'assert: {that: inventory_hostname != "db-4.example.com", fail_msg: the disk is full}',
    ),
  ),
  ends('Failed', 'failed', spec(['db-5.example.com'], 'fail: {msg: the disk is full}')),
  ends('Failed', 'content-invalid', { hosts: ['db-6.example.com'], content: 'hosts: all\n' }),
  { name: 'stopped', kstatus: 'Failed', bring: isStopped },
  { name: 'running', kstatus: 'InProgress', bring: runs },
  { name: 'waiting-for-host', kstatus: 'InProgress', bring: waitsForHost },
  { name: 'deleting', kstatus: 'Terminating', bring: isDeleted },
];
