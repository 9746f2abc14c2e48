import { vi } from 'vitest';

import { secureKeyKind } from '../../apiserver/auth/secure-key.ts';
import { accessManifests, credentialManifests } from '../../apiserver/credential/manifests.ts';
import { stageCallers } from '../../apiserver/stage/callers.ts';
import { system, type Installed } from './installed.ts';

/** A node that no kubelet looks after. */
const node = 'spare';
const ready = JSON.stringify({ status: { conditions: [{ type: 'Ready', status: 'True', reason: 'Test' }] } });

/** All calls of the stage API, by orion with a secure-key and by a service account: one is made, and changed. */
export async function callStages(site: Installed): Promise<void> {
  await site.apply([{ apiVersion: 'v1', kind: 'Node', metadata: { name: node } }]);
  const credential = secureKeyKind.make();
  const orion = { name: 'orion-stage', callers: stageCallers, user: 'fleetwright:orion', groups: ['night-shift'] };
  const pipeline = { name: 'pipeline-stage', callers: stageCallers, taskNamespaces: [] };
  await site.apply([
    ...credentialManifests({ ...orion, credential, namespace: system, taskNamespaces: [] }),
    ...accessManifests({ ...pipeline, user: `system:serviceaccount:${site.tasks}:pipeline` }),
  ]);
  const authorization = await site.pipeline();
  const callers = [
    { key: { 'secure-key': credential.secret }, headers: {} },
    { key: {}, headers: { authorization } },
  ];
  for (const { key, headers } of callers) {
    const call = async (path: string, argument: object): Promise<void> => {
      const answer = await fetch(`${site.facade.url}/cluster/stage/${path}`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ ...key, argument }),
      });
      const text = await answer.text();
      if (answer.status !== 200) throw new Error(`${path} was answered ${answer.status} ${text}`);
    };
    // Credentials and nodes are told of by a watch.
    await vi.waitFor(() => call('get', { Scope: 'node', Node: node }), { timeout: 60_000, interval: 500 });
    await call('set', { Stage: 'support', Node: node });
    await call('set', { Stage: 'running', Node: node });
    await call('list', { Scope: 'node' });
    await call('info', {});
    await site.kubectl(['delete', 'clusterstage', node, '--timeout=120s']);
  }
}

/** On this machine, whatever the node is called. */
const content = JSON.stringify([
  {
    hosts: 'all',
    connection: 'local',
    gather_facts: false,
    vars: { ansible_python_interpreter: '{{ ansible_playbook_python }}' },
    tasks: [{ command: 'echo upgraded' }],
  },
]);

/** What kubectl does: the node is emptied of a pod, upgraded by a task, and goes back into service. */
export async function upgradeNode(site: Installed): Promise<void> {
  await site.apply([
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace: site.tasks, name: 'guest' },
      // No kubelet will say that it has ended.
      spec: { nodeName: node, terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image: 'none' }] },
    },
    {
      apiVersion: 'fleetwright.io/v1alpha1',
      kind: 'ClusterStage',
      metadata: { name: node },
      spec: {
        stage: 'upgrading',
        minReadySeconds: 0,
        drain: { force: true },
        upgrade: { taskTemplate: { namespace: site.tasks, spec: { content } } },
      },
    },
  ]);
  const reason = 'jsonpath={.status.conditions[?(@.type=="Ready")].reason}';
  await vi.waitFor(
    async () => {
      // In place of a kubelet, which says so every few seconds.
      await site.kubectl(['patch', 'node', node, '--subresource=status', '-p', ready]);
      const found = await site.kubectl(['get', 'clusterstage', node, '-o', reason]);
      if (found !== 'Succeeded') throw new Error(`the node is ${found}`);
    },
    { timeout: 120_000, interval: 1000 },
  );
  await site.kubectl(['delete', 'clusterstage', node, '--timeout=60s']);
}
