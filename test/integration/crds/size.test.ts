import { expect, test } from 'vitest';

import { childOf } from '../../../controllers/agenttask/composite/children.ts';
import { plan } from '../../../controllers/agenttask/plan.ts';
import { ended } from '../../../controllers/agenttask/reports.ts';
import { settingsOf } from '../../../controllers/agenttask/run/settings.ts';
import { endingOf, type TaskEnding } from '../../../controllers/agenttask/run/outcome.ts';
import { hostResults } from '../../../crds/host-results.ts';
import type { AgentTask, AgentTaskHostResult } from '../../../crds/types/agenttask.ts';
import type { Observed } from '../../../controllers/agenttask/observe.ts';
import { now } from '../../harness/agenttask/observed.ts';
import { batchTask, staged, unbegun } from '../../harness/agenttask/staged.ts';
import { agentTask, apiForFile, minimal } from './objects.ts';

const api = apiForFile();
const KiB = 1024;
const hosts = Array.from({ length: 1000 }, (_, index) => `web-${String(index).padStart(4, '0')}.rack-12.example.com`);
const message = `Task "Install": ${'x'.repeat(267)} the disk is full`;
const counts = { ok: 12, changed: 0, failed: 0, skipped: 3, unreachable: 0 };

/** How a run on these hosts ends that goes on each as it is said; each that fails says at length why. */
function ending(names: readonly string[], resultOf: (index: number) => AgentTaskHostResult): TaskEnding {
  const results = names.map((name, index) => {
    const result = resultOf(index);
    return { name, result, counts, ...(result === 'failed' ? { message } : {}) };
  });
  const run = { state: 'finished', outcome: 'failed', exitCode: 2, startedAt: now, finishedAt: now } as const;
  const calm = { stopRequested: false, outputLimit: undefined, overdue: false };
  return endingOf(run, { hosts: results }, calm);
}

/** The task after a pass over this world. */
function after({ task, ...world }: Observed): AgentTask {
  const { status } = plan({ ...world, task }, now, { maxOutputBytes: 1000 });
  return status === undefined ? task : { ...task, status };
}

async function made(name: string, spec: object): Promise<AgentTask> {
  const { code, stdout, stderr } = await api.create(agentTask(name, { content: minimal.content, ...spec }));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as AgentTask;
}

/** Bytes that the API server holds of it, the book-keeping of field owners included. */
async function stored(task: AgentTask): Promise<number> {
  // It is stored more than once.
  const { resourceVersion: _, ...metadata } = task.metadata;
  expect(await api.replaceStatus({ ...task, metadata })).toMatchObject({ code: 0, stderr: '' });
  const { name } = metadata;
  const held: AgentTask = JSON.parse(await api.must('get', 'at', name, '--output=json', '--show-managed-fields'));
  expect(hostResults(held)).toEqual(hostResults(task));
  return Buffer.byteLength(JSON.stringify(held));
}

test('a task on a thousand hosts in ten batches, of which a third fails, stays below 100 KiB', async () => {
  const batches = Array.from({ length: 10 }, (_, index) => hosts.slice(100 * index, 100 * index + 100));
  const created = await made('roll', { groupRef: { name: 'web' } });
  const world = unbegun({ is: 'known', batches });
  let task = after({ ...world, task: created });
  expect(task.status?.batches).toHaveLength(10);
  const sizes: number[] = [];
  for (const number of batches.keys()) {
    const {
      hosts: results,
      phase,
      message: said,
    } = ending(batches[number] ?? [], (index) => (['failed', 'changed', 'ok'] as const)[index % 3] ?? 'ok');
    const child = batchTask(task, number + 1, { phase, message: said, hosts: results });
    const before = Array.from({ length: number }, () => undefined);
    task = after(staged(task, [...before, child]));
    const { waiting } = task.status ?? {};
    if (waiting === undefined) break;
    // While the last one waits, what has been decided is in it as well as whom it waits for.
    if (waiting.batch === batches.length) sizes.push(await stored(task));
    const confirm = { batch: waiting.batch, revision: waiting.revision, user: 'alice', comment: 'looked at them' };
    task = after(staged({ ...task, spec: { ...task.spec, confirm } }, []));
  }
  expect(task.status).toMatchObject({
    phase: 'PartlySucceeded',
    summary: { total: 1000, failed: 340, changed: 330, ok: 330 },
  });
  const named = task.status?.hosts ?? [];
  expect(named.filter((host) => host.message !== undefined)).toHaveLength(340);
  sizes.push(await stored(task));
  expect(sizes).toHaveLength(2);
  expect(Math.max(...sizes)).toBeLessThan(100 * KiB);
});

test('the task of a batch is taken by the API server with as many variables as a task may have', async () => {
  const variables = Object.fromEntries(Array.from({ length: 256 }, (_, index) => [`v${index}`, index]));
  const parent = await made('variables', { groupRef: { name: 'web' }, variables });
  const child = childOf({ ...parent, status: { work: 'abc' } }, { name: 'variables-1', hosts, id: 7 });
  expect(await api.create(child)).toMatchObject({ code: 0, stderr: '' });
  expect(settingsOf(child, undefined).variables).toEqual({ ...variables, ip: hosts.join(',') });
});

test('a run on a thousand hosts, of which some fail, stays below 100 KiB', async () => {
  const task = await made('fleet', { hosts });
  const end = ending(hosts, (index) => (index % 20 === 0 ? 'failed' : index % 10 === 1 ? 'ok' : 'changed'));
  const { status } = ended(task, now, end);
  expect(await stored({ ...task, ...(status === undefined ? {} : { status }) })).toBeLessThan(100 * KiB);
});
