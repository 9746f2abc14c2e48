import { beforeEach, describe, expect, test } from 'vitest';

import type { Caller } from '../../../../apiserver/auth/caller.ts';
import { LogStreams } from '../../../../apiserver/jobx/follow.ts';
import { findLog, type FoundLog } from '../../../../apiserver/jobx/logs.ts';
import { Projects } from '../../../../apiserver/jobx/projects.ts';
import { original } from '../../../../apiserver/jobx/original.ts';
import { runLogLabel } from '../../../../crds/labels.ts';
import { encodeRunLog, runLogKey, runLogName, type RunStep } from '../../../../crds/runlog.ts';
import { agentTasks, type AgentTask, type AgentTaskStatus } from '../../../../crds/types/agenttask.ts';
import { configMaps } from '../../../../kube/builtin.ts';
import { agentTask } from '../../../harness/agenttask/objects.ts';
import { denying } from '../facade.ts';
import { MemoryHistory } from '../memory-history.ts';
import { answer, halfway, refusal, runs, uuid } from './calls.ts';
import { jobxSite, type JobxSite } from './site.ts';

const flow: Caller = { user: 'flow@app', groups: [] };
const url = `/slave/any/log/${uuid}`;
const html = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
const keys = { appname: 'flow', appkey: 'correct-horse-battery-staple-0123456789' };

let site: JobxSite;
beforeEach(async () => {
  site = await jobxSite();
});

function step(host: string, result: RunStep['result'], message?: string): RunStep {
  const at = '2026-01-15T10:00:02Z';
  return { host, name: 'install', action: 'command', start: at, end: at, result, ...(message ? { message } : {}) };
}

/** The task of a batch, with its log as its controller writes it. */
function batchTask(name: string, steps: readonly RunStep[], status: AgentTaskStatus = { phase: 'Failed' }): AgentTask {
  const made = site.api.create(agentTasks, agentTask(name, { hosts: ['node1'] }));
  site.setStatus(made, status);
  logOf(made, steps);
  return made;
}

function logOf({ metadata: { uid = '' } }: AgentTask, steps: readonly RunStep[], part = 0): void {
  site.api.create(configMaps, {
    metadata: { namespace: 'default', name: runLogName(uid, part), labels: { [runLogLabel]: uid } },
    binaryData: { [runLogKey]: encodeRunLog(steps) },
  });
}

/** Both batches have begun: x-1 failed, x-2 is under way. */
function bothBegan(): void {
  const [first, second] = halfway.batches ?? [];
  if (first === undefined || second === undefined) throw new Error('there are no batches');
  const under: typeof second = { ...second, task: 'x-2', phase: 'Running' };
  site.setStatus(site.task(), { ...halfway, batches: [{ ...first, confirm: 'Confirmed' }, under] });
}

async function batchUuids(): Promise<readonly string[]> {
  const { body } = await site.call('GET', `/subtask/1/${uuid}`);
  return (body.data as readonly { readonly uuid: string }[]).map((batch) => batch.uuid);
}

const firstLines =
  '2026-01-15 10:00:02 node1 changed install\n2026-01-15 10:00:02 node2 failed install: it does not start\n';

describe('the log of a task', () => {
  beforeEach(async () => {
    await runs(site);
    bothBegan();
    batchTask('x-1', [step('node1', 'changed'), step('node2', 'failed', 'it does not start')]);
    batchTask('x-2', [step('node3', 'running')], { phase: 'Running' });
  });

  test('has a line for each step, batch by batch', async () => {
    const { text } = await site.call('GET', url);
    expect(text).toBe(`${firstLines}2026-01-15 10:00:02 node3 running install\n`);
  });

  test('is that of one batch by its uuid, also behind that of the task as the document has it', async () => {
    const [first = ''] = await batchUuids();
    expect((await site.call('GET', `/slave/any/log/${first}`)).text).toBe(firstLines);
    expect((await site.call('GET', `${url}${first}`)).text).toBe(firstLines);
    expect((await site.call('GET', `${url}${first}cmd`)).text).toBe(firstLines);
    expect(await refusal(site, 'GET', `${url}aaaaaaaaaaaa`)).toMatch(/^Non-existent uuid:/);
  });

  test('has the steps of a batch that was tried again behind those of the first try', async () => {
    const [first, second] = site.task().status?.batches ?? [];
    if (first === undefined || second === undefined) throw new Error('there are no batches');
    batchTask('x-1-2', [step('node2', 'changed')], { phase: 'Succeeded' });
    const batches = [{ ...first, task: 'x-1-2', attempt: 2, retried: ['node2'] }, second];
    site.setStatus(site.task(), { ...halfway, batches });
    const [uuidOfFirst = ''] = await batchUuids();
    expect((await site.call('GET', `/slave/any/log/${uuidOfFirst}`)).text).toBe(
      `${firstLines}2026-01-15 10:00:02 node2 changed install\n`,
    );
  });

  test('is a page for a browser, which is told nothing before it says who reads', async () => {
    const { status, text } = await site.call('GET', url, undefined, html);
    expect(status).toBe(200);
    expect(text).toMatch(/^<!doctype html>/);
    expect(text).not.toContain('node1');
    expect((await site.call('GET', url, undefined, { ...keys, accept: '*/*' })).text).toContain('node1');
  });

  test('is a stream of events that ends with the task', async () => {
    const [first] = halfway.batches ?? [];
    if (first === undefined) throw new Error('there is no batch');
    site.setStatus(site.task(), { ...halfway, phase: 'Failed', batches: [first] });
    const { text } = await site.call('GET', `${url}/stream`);
    expect(text.split('\n\n')).toEqual([
      ': a line for each step',
      'data: 2026-01-15 10:00:02 node1 changed install',
      'data: 2026-01-15 10:00:02 node2 failed install: it does not start',
      'event: end\ndata: fail',
      '',
    ]);
  });

  test('is not read by whoever may not read logs', async () => {
    const denied = await jobxSite({ authorizer: denying('get agenttasks/log') });
    await runs(denied);
    expect(await refusal(denied, 'GET', url)).toMatch(/^denied: flow@app cannot get agenttasks/);
    expect(await refusal(denied, 'GET', `${url}/stream`)).toMatch(/^denied: /);
  });
});

async function log(): Promise<FoundLog> {
  return findLog(new Projects([site.project]), flow, uuid);
}

describe('a log that is followed', () => {
  beforeEach(async () => {
    await runs(site);
    bothBegan();
    batchTask('x-1', [step('node1', 'changed')]);
  });

  test('shows each step once, when it has come to its end, and then the end of the task', async () => {
    const second = batchTask('x-2', [step('node3', 'running')], { phase: 'Running' });
    const events = new LogStreams(site.logs, 1).follow(await log(), flow);
    const next = async (): Promise<unknown> => (await events.next()).value;
    expect(await next()).toBe(': a line for each step\n\n');
    expect(await next()).toBe('data: 2026-01-15 10:00:02 node1 changed install\n\n');
    const later = next();
    logOf(second, [step('node4', 'ok')], 1);
    expect(await later).toBe('data: 2026-01-15 10:00:02 node4 ok install\n\n');
    const last = next();
    site.setStatus(second, { phase: 'Failed' });
    site.setStatus(site.task(), { ...(site.task().status ?? halfway), phase: 'Failed' });
    expect(await last).toBe('data: 2026-01-15 10:00:02 node3 running install\n\n');
    expect(await next()).toBe('event: end\ndata: fail\n\n');
    expect((await events.next()).done).toBe(true);
  });

  test('ends when the facade does', async () => {
    const streams = new LogStreams(site.logs, 60_000);
    const events = streams.follow(await log(), flow);
    await events.next();
    await events.next();
    const ends = events.next();
    streams.close();
    expect((await ends).done).toBe(true);
  });

  test('is refused where too many are', async () => {
    const streams = new LogStreams(site.logs, 1);
    const open = Array.from({ length: 100 }, async () => {
      const events = streams.follow(await log(), flow);
      await events.next();
      return events;
    });
    const [first] = await Promise.all(open);
    await expect(streams.follow(await log(), flow).next()).rejects.toThrow(/^too many logs are followed/);
    await first?.return(undefined);
    expect((await streams.follow(await log(), flow).next()).value).toMatch(/^:/);
  });
});

test('a log is found in the project that the caller may see, and refused where he may see none', async () => {
  await runs(site);
  const other = await jobxSite({ authorizer: denying('get agenttasks'), project: '2' });
  const { project } = await findLog(new Projects([other.project, site.project]), flow, uuid);
  expect(project.id).toBe('1');
  await expect(findLog(new Projects([other.project]), flow, uuid)).rejects.toThrow(/^denied: /);
});

/** The task of the first batch, which is gone, and its log. */
function recordBatch(history: MemoryHistory): void {
  const gone = agentTask('x-1', { hosts: ['node1'] });
  const metadata = { ...gone.metadata, namespace: 'default', uid: 'u-1' };
  history.add({ ...gone, kind: 'AgentTask', metadata }, [step('node1', 'changed')]);
}

test('a log is read from the history when it is no longer where its controller wrote it', async () => {
  const history = new MemoryHistory();
  site = await jobxSite({ history });
  await runs(site);
  bothBegan();
  recordBatch(history);
  expect((await site.call('GET', url)).text).toBe('2026-01-15 10:00:02 node1 changed install\n');
});

test('a task that only the history knows is found by the uuid of a batch', async () => {
  const history = new MemoryHistory();
  site = await jobxSite({ history });
  await runs(site);
  bothBegan();
  const [first = ''] = await batchUuids();
  const whole = site.task();
  history.add(whole);
  recordBatch(history);
  site.api.delete(agentTasks, whole.metadata);
  // As the recorder lets it go.
  site.api.mergePatch(agentTasks, whole.metadata, { metadata: { name: whole.metadata.name, finalizers: [] } });
  const lines = '2026-01-15 10:00:02 node1 changed install\n';
  expect((await site.call('GET', `/slave/any/log/${first}`)).text).toBe(lines);
  expect((await site.call('GET', `${url}${first}`)).text).toBe(lines);
  expect(await refusal(site, 'PUT', `/subtask/1/${first}/confirm`)).toMatch(/^subtask does not wait/);
});

test('in original mode the log is a page unless a text is asked for', async () => {
  site = await jobxSite({ mode: original });
  expect((await site.call('GET', url, undefined, {})).text).toMatch(/^<!doctype html>/);
  const { body } = await site.call('GET', '/slave/any/log/aaaaaaaaaaaa', undefined, { ...keys, accept: 'text/plain' });
  expect(body).toEqual({ stat: false, info: 'Non-existent uuid:aaaaaaaaaaaa' });
  expect(await answer(site, 'GET', '/group/1')).toMatchObject({ stat: true });
});
