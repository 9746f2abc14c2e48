import { generateKeyPairSync } from 'node:crypto';

import { expect, vi } from 'vitest';

import { Caller } from './caller.ts';
import type { Installed } from './installed.ts';

function playbook(...steps: readonly object[]): string {
  return JSON.stringify([{ hosts: 'all', connection: 'local', gather_facts: false, tasks: steps }]);
}

/** Long enough for the controllers to look at it in between, every 10 s: then its log is written more than once. */
const long = playbook({ command: 'echo hello' }, { command: 'sleep 12' });
export const hello = playbook({ command: 'echo hello' });
export const endless = playbook({ command: 'echo begun' }, { command: 'sleep 600' });

const notFound = ['task not found...', 'task not found...'];

/** All calls of the dispatch API, for tasks that go all their ways. */
export async function callAll(site: Installed, who: string, authorization: string): Promise<void> {
  const caller = new Caller(site, who, authorization);
  await caller.run('/api/run', `hello of ${who}`, long);
  await caller.becomes(`hello of ${who}`, 2);
  expect(await caller.linesOk()).toBe(2);

  await caller.run('/api/run', `endless of ${who}`, endless);
  // The log is there at the first look, and longer at the end.
  await vi.waitFor(async () => expect(await caller.linesOk()).toBe(3), { timeout: 120_000, interval: 1000 });
  await caller.post('/api/stop', { name: `endless of ${who}` });
  await caller.becomes(`endless of ${who}`, 4);

  await caller.run('/api/parallel_run', `parallel of ${who}`, playbook({ debug: { msg: 'hello' } }));
  await caller.becomes(`parallel of ${who}`, 2);
  expect(await caller.missing()).toEqual(notFound);
}

/** All calls once more, by a caller of another kind; what becomes of the tasks afterwards does not depend on him. */
export async function callEach(site: Installed, who: string, authorization: string): Promise<void> {
  const caller = new Caller(site, who, authorization);
  await caller.run('/api/run', `hello of ${who}`, hello);
  await caller.becomes(`hello of ${who}`, 2);
  expect(await caller.linesOk()).toBe(1);
  await caller.run('/api/parallel_run', `endless of ${who}`, endless);
  await caller.post('/api/stop', { name: `endless of ${who}` });
  await caller.becomes(`endless of ${who}`, 4);
  expect(await caller.missing()).toEqual(notFound);
}

/** What kubectl does: a task with an AgentJob and an SSH key, which goes by itself. */
export async function applyTask(site: Installed): Promise<void> {
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
    {
      apiVersion: 'fleetwright.io/v1alpha1',
      kind: 'DeployGroup',
      metadata: { ...metadata, name: 'all' },
      spec: { type: 'List', list: [{ hosts: ['localhost'] }] },
    },
    {
      apiVersion: 'fleetwright.io/v1alpha1',
      kind: 'AgentTask',
      metadata: { ...metadata, name: 'on-group' },
      spec: { groupRef: { name: 'all' }, content: hello, ttlSecondsAfterFinished: 1 },
    },
  ]);
  for (const name of ['applied', 'on-group'])
    await site.kubectl(['wait', '--for=delete', `agenttask/${name}`, '-n', site.tasks, '--timeout=120s']);
}

/** An object that somebody takes away by force while no recorder runs: the next one asks for it. */
export async function vanish(site: Installed, kind: 'AgentTask' | 'ClusterStage'): Promise<void> {
  const isTask = kind === 'AgentTask';
  await site.apply([
    {
      apiVersion: 'fleetwright.io/v1alpha1',
      kind,
      metadata: { name: 'vanishes', ...(isTask ? { namespace: site.tasks } : {}) },
      // Neither comes to its end; there is no node of this name.
      spec: isTask ? { hosts: ['localhost'], content: hello, paused: true } : { stage: 'support' },
    },
  ]);
  const object = [kind.toLowerCase(), 'vanishes', ...(isTask ? ['-n', site.tasks] : [])];
  await vi.waitFor(
    async () =>
      expect(await site.kubectl(['get', ...object, '-o', 'jsonpath={.metadata.finalizers}'])).toContain(
        'fleetwright.io/history',
      ),
    { timeout: 60_000, interval: 500 },
  );
  await site.stopRecorder();
  await site.kubectl(['patch', ...object, '--type=merge', '-p', '{"metadata":{"finalizers":null}}']);
  await site.kubectl(['delete', ...object]);
  const recorder = await site.startRecorder();
  await recorder.line(new RegExp(`"kind":"${kind}".*recorded as they were seen last`));
}
