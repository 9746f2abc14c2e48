import { expect, test } from 'vitest';

import { Gate } from '../../../apiserver/gate.ts';
import { closedBy, denialBy } from '../../../crds/gate.ts';
import { agentTasks, type AgentTask } from '../../../crds/types/agenttask.ts';
import type { ClusterStage, ClusterStageSpec, ClusterStageStatus } from '../../../crds/types/clusterstage.ts';
import { deployGroups } from '../../../crds/types/deploygroup.ts';
import type { Client } from '../../../kube/client.ts';
import { ForbiddenError } from '../../../kube/errors.ts';
import { Store } from '../../../kube/store.ts';
import { asClient, MemoryClient } from './memory-client.ts';

const ann = { user: 'ann', groups: ['night-shift'] };
const task: AgentTask = {
  apiVersion: 'fleetwright.io/v1alpha1',
  kind: 'AgentTask',
  metadata: { namespace: 'default', name: 'task' },
  spec: { hosts: ['web-1'] },
};

function cluster(spec: Partial<ClusterStageSpec>, status?: ClusterStageStatus): ClusterStage {
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'ClusterStage',
    metadata: { name: 'cluster', generation: 2 },
    spec: { scope: 'Cluster', stage: 'support', ...spec },
    ...(status === undefined ? {} : { status }),
  };
}

interface Made {
  readonly made: MemoryClient;
  /** How often the API server was asked for the stage. */
  readonly asked: () => number;
  readonly client: Client;
}

/** @param cached as the facade has heard of it. @param there as it is */
function gated(cached: ClusterStage | undefined, there: ClusterStage | undefined = cached): Made {
  const [stages, server, made] = [new Store<ClusterStage>(), new MemoryClient<ClusterStage>(), new MemoryClient()];
  if (cached !== undefined) stages.set(cached);
  // The selector by name is the API server's matter.
  const list: Client['list'] = async (type) => server.list(type);
  if (there !== undefined) server.put(there);
  const gate = new Gate({ list }, stages);
  return { made, asked: () => server.calls.length, client: gate.keep(asClient(made), ann) };
}

test('no operation is begun while the cluster is in support, which is said in the words of the original', async () => {
  const { client, made } = gated(cluster({}));
  await expect(client.create(agentTasks, task)).rejects.toThrow('This request is denied by stage policy: support: no');
  expect(made.calls).toEqual([]);
});

test('who has just opened the gate gets through, whatever the cache shows', async () => {
  const { client, made } = gated(cluster({}), cluster({ stage: 'running' }));
  await client.create(agentTasks, task);
  expect(made.calls).toEqual(['create']);
});

test('nobody is asked while the gate is open, nor for what is no operation', async () => {
  const open = gated(undefined);
  await open.client.create(agentTasks, task);
  const closed = gated(cluster({}));
  const { apiVersion, metadata } = task;
  await closed.client.create(deployGroups, { apiVersion, kind: 'DeployGroup', metadata, spec: { type: 'List' } });
  expect([open.asked(), closed.asked()]).toEqual([0, 0]);
});

test.each<[whom: string, gate: ClusterStageSpec['gate']]>([
  ['user', { users: ['ann'] }],
  ['group', { groups: ['night-shift'] }],
  ['group that Kubernetes counts everybody to', { groups: ['system:authenticated'] }],
])('whom the stage names by a %s gets through', async (_, gate = {}) => {
  const { client, made } = gated(cluster({ gate }));
  await client.create(agentTasks, task);
  expect(made.calls).toEqual(['create']);
});

test('what the policy refuses is told in the same words, and any other refusal in its own', async () => {
  const { client, made } = gated(undefined);
  const denied = `agenttasks.fleetwright.io "task" is forbidden: ValidatingAdmissionPolicy 'x' with binding 'x' denied`;
  for (const message of [`${denied} request: ${denialBy('support')} (set …)`, 'ann cannot create agenttasks'])
    made.faults.push({ error: new ForbiddenError(403, { message }, 'POST /apis'), done: false });
  await expect(client.create(agentTasks, task)).rejects.toMatchObject({
    code: 'GATE_CLOSED',
    message: 'This request is denied by stage policy: support: no',
  });
  await expect(client.create(agentTasks, task)).rejects.toMatchObject({ code: 'FORBIDDEN' });
});

test.each<[stage: string, closed: ClusterStage, by: string | undefined]>([
  ['asked for a moment ago', cluster({}, { observedGeneration: 1, stage: 'running' }), 'support'],
  ['reached', cluster({ stage: 'upgrading' }, { observedGeneration: 2, stage: 'running' }), undefined],
  ['booting', cluster({ stage: 'booting' }), 'booting'],
  ['running', cluster({ stage: 'running' }), undefined],
  ['only planned', cluster({ dryRun: true }), undefined],
  ['planned in a cluster that is upgraded', cluster({ dryRun: true }, { stage: 'upgrading' }), 'upgrading'],
  ['that of a node', { ...cluster({ scope: 'Node' }), metadata: { name: 'node-a' } }, undefined],
])('the gate goes by the stage: %s', (_, stage, by) => {
  expect(closedBy(stage)).toBe(by);
});
