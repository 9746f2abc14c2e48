import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

import { idLabel, requestedByAnnotation, requestIdAnnotation } from '../../../crds/labels.ts';
import type { RunStep } from '../../../crds/runlog.ts';
import type { AgentTask, AgentTaskStatus } from '../../../crds/types/agenttask.ts';
import type { HistoryOptions } from '../../../history/options.ts';
import { openHistory } from '../../../history/sqlite.ts';
import { agentTaskHistory } from '../../../history/agenttask/kind.ts';
import { rowsOf } from '../../../history/agenttask/steps.ts';
import { operationsOf } from '../../../history/recorder/operations.ts';
import type { HistoryReader, HistoryStore, Operation, Recorded } from '../../../history/store.ts';
import type { ObjectMeta } from '../../../kube/objects.ts';

/** A path for a history in a folder of its own, which goes with the test. */
export async function historyPath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fleetwright-history-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'history.sqlite');
}

/** A history that is closed with the test. */
export async function openStore(path?: string, options: HistoryOptions = {}): Promise<HistoryStore> {
  const store = await openHistory(path ?? (await historyPath()), options);
  onTestFinished(() => store.close());
  return store;
}

/** Records how a task ended, with the operations that it tells of. */
export async function complete(store: HistoryStore, ended: AgentTask, log: readonly RunStep[] = []): Promise<void> {
  await store.complete(agentTaskHistory, ended, rowsOf(log), operationsOf(ended));
}

/** Takes note of tasks. */
export async function see(
  store: HistoryStore,
  tasks: readonly AgentTask[],
  operations: readonly Operation[] = [],
): Promise<void> {
  await store.see(agentTaskHistory, tasks, operations);
}

/** A task of the namespace `fleet`, by the number of its id or by its name. */
export async function find(store: HistoryReader, by: number | string): Promise<Recorded<AgentTask> | undefined> {
  return typeof by === 'number'
    ? store.byId(agentTaskHistory, 'fleet', by)
    : store.byName(agentTaskHistory, { namespace: 'fleet', name: by });
}

/** A task as the facade makes it. Its UID is made of its number, its name too unless it is given. */
export function task(number: number, metadata: Partial<ObjectMeta> = {}, status?: AgentTaskStatus): AgentTask {
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'AgentTask',
    metadata: {
      namespace: 'fleet',
      name: `task-${number}`,
      uid: uidOf(number),
      creationTimestamp: '2026-11-21T12:00:00Z',
      labels: { [idLabel]: String(number) },
      annotations: { [requestedByAnnotation]: 'orion', [requestIdAnnotation]: `request-${number}` },
      ...metadata,
    },
    spec: { hosts: ['host-a', 'host-b'], user: 'root', correlationID: '16-16', source: 'hubble' },
    ...(status === undefined ? {} : { status }),
  };
}

export function uidOf(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

/** The status of a task that went well on one host and not on the other. */
export function endedAt(completionTime: string): AgentTaskStatus {
  return {
    observedGeneration: 1,
    phase: 'PartlySucceeded',
    startTime: '2026-11-21T12:00:01Z',
    completionTime,
    attempts: 1,
    hosts: [
      { name: 'host-a', result: 'changed', counts: { ok: 2, changed: 1, failed: 0, skipped: 0, unreachable: 0 } },
      { name: 'host-b', result: 'unreachable', message: 'no route to host' },
    ],
    summary: { total: 2, ok: 0, changed: 1, failed: 0, unreachable: 1, skipped: 0, notRun: 0 },
    message: '1 host changed, 1 unreachable',
    conditions: [
      {
        type: 'Ready',
        status: 'False',
        reason: 'HostsFailed',
        message: '1 host changed, 1 unreachable',
        lastTransitionTime: completionTime,
        observedGeneration: 1,
      },
    ],
  };
}

export const steps: readonly RunStep[] = [
  {
    host: 'host-a',
    name: 'Gathering Facts',
    action: 'ansible.builtin.setup',
    start: '2026-11-21T12:00:02Z',
    end: '2026-11-21T12:00:04Z',
    result: 'ok',
  },
  {
    host: 'host-b',
    name: 'Gathering Facts',
    action: 'ansible.builtin.setup',
    start: '2026-11-21T12:00:02Z',
    end: '2026-11-21T12:00:05Z',
    result: 'unreachable',
    message: 'no route to host',
  },
  {
    host: 'host-a',
    name: 'Say "hello" – grüß Gott',
    action: 'ansible.builtin.command',
    start: '2026-11-21T12:00:05Z',
    end: '2026-11-21T12:00:05Z',
    result: 'failed',
    ignored: true,
    message: 'line\nand line',
  },
  {
    host: 'host-a',
    name: 'Still at it',
    action: 'ansible.builtin.command',
    start: '2026-11-21T12:00:06Z',
    end: '',
    result: 'running',
  },
];
