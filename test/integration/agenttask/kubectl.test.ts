import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { findCondition } from '../../../kube/conditions.ts';
import { play } from '../../hosts/play.ts';
import { readiness } from './objects.ts';
import { Site } from './site.ts';

const good = play('- name: Say something\n  debug: {msg: hello}');
const bad = play('- name: Need something\n  raw: /nonexistent/program');

/** What somebody sees who knows kubectl and nothing else. */
describe.concurrent('tasks as kubectl shows them', () => {
  let site: Site;
  beforeAll(async () => {
    site = await Site.open();
    await site.controllers.start();
    await site.createTask('greets', {
      hosts: ['localhost'],
      shared: true,
      source: 'handbook',
      correlationID: 'ticket 17',
      content: good,
    });
    await site.createTask('breaks', { hosts: ['localhost'], shared: true, content: bad });
    await Promise.all([site.tasks.ended('greets'), site.tasks.ended('breaks')]);
  });
  afterAll(() => site.close());

  test('kubectl get at has the columns that tell how a task stands', async () => {
    const table = rows(await site.must('get', 'at'));
    expect(table[0]).toEqual(['NAME', 'PHASE', 'HOSTS', 'FAILED', 'REASON', 'AGE']);
    expect(table.find(([name]) => name === 'greets')).toEqual([
      'greets',
      'Succeeded',
      '1',
      '0',
      'Succeeded',
      expect.stringMatching(/^\d+[smh]/),
    ]);
    expect(table.find(([name]) => name === 'breaks')?.slice(0, 5)).toEqual([
      'breaks',
      'Failed',
      '1',
      '1',
      'HostsFailed',
    ]);
  });

  test('kubectl get at -o wide adds what it says, who asked for it and when it ran', async () => {
    const table = rows(await site.must('get', 'at', '--output=wide'));
    const titles = ['MESSAGE', 'ID', 'SOURCE', 'CORRELATIONID', 'UNREACHABLE', 'STARTED', 'FINISHED'];
    expect(table[0]?.slice(6)).toEqual(titles);
    const id = expect.stringMatching(/^\d+$/) as string;
    const shown = [expect.stringMatching(/^1 host: /), id, 'handbook', 'ticket 17', '0'];
    expect(table.find(([name]) => name === 'greets')?.slice(6, 11)).toEqual(shown);
  });

  test('tasks are in the category fleetwright and can be selected by phase and source', async () => {
    expect(await site.must('get', 'fleetwright', '--output=name')).toContain('agenttask.fleetwright.io/greets\n');
    expect(await site.must('get', 'at', '--field-selector=status.phase=Failed', '--output=name')).toBe(
      'agenttask.fleetwright.io/breaks\n',
    );
    expect(await site.must('get', 'at', '--field-selector=spec.source=handbook', '--output=name')).toBe(
      'agenttask.fleetwright.io/greets\n',
    );
  });

  test('kubectl wait for Ready comes back when the task has succeeded, and does not for one that failed', async () => {
    expect(await site.must('wait', 'agenttask/greets', '--for=condition=Ready', '--timeout=60s')).toContain(
      'condition met',
    );
    expect(await site.must('wait', 'agenttask/breaks', '--for=condition=Stalled', '--timeout=60s')).toContain(
      'condition met',
    );
    expect(await site.must('wait', 'agenttask/breaks', '--for=condition=Succeeded=false', '--timeout=60s')).toContain(
      'condition met',
    );
    const { code, stderr } = await site.run('wait', 'agenttask/breaks', '--for=condition=Ready', '--timeout=1s');
    expect([code, stderr]).toEqual([1, expect.stringContaining('timed out waiting')]);
  });

  test('kubectl wait for Ready waits for a task just created: at no moment does it look ready', async () => {
    const [created] = await Promise.all([
      site.tasks.until(() => site.tasks.get('fresh')),
      site.createTask('fresh', { hosts: ['localhost'], shared: true, content: good }),
    ]);
    expect(findCondition(created.status?.conditions, 'Ready')?.status).not.toBe('True');
    await site.must('wait', 'agenttask/fresh', '--for=condition=Ready', '--timeout=100s');
    expect((await site.tasks.ended('fresh')).status?.phase).toBe('Succeeded');
  });

  test('kubectl describe ends with the events: what began, how it ended and why', async () => {
    // Events are written beside the status, a moment later.
    await vi.waitFor(
      async () =>
        expect(await site.must('get', 'events', '--field-selector=involvedObject.name=breaks')).toContain(
          'HostsFailed',
        ),
      { timeout: 60_000, interval: 200 },
    );
    const text = await site.must('describe', 'agenttask', 'breaks');
    const events = text.slice(text.indexOf('Events:'));
    expect(events).toMatch(/Normal +Started +\S+ +fleetwright\.io\/controllers +running on localhost/);
    expect(events).toMatch(
      /Warning +HostsFailed +\S+ +fleetwright\.io\/controllers +1 host: 1 failed; see status\.hosts for localhost/,
    );
    expect(text).toContain('Need something');
  });

  test('the example that needs no host but this one can be applied as it is, and succeeds', async () => {
    await site.must('apply', '--filename', join(import.meta.dirname, '../../../examples/agenttask-localhost.yaml'));
    expect(readiness(await site.tasks.ended('hello-localhost'))).toMatch(/^True Succeeded/);
  });

  test('kubectl explain says what a field is for', async () => {
    expect(await site.must('explain', 'agenttask.spec.hosts')).toContain('The machines to run on, 1 to 1000');
  });
});

function rows(table: string): readonly (readonly string[])[] {
  return table
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().split(/ {2,}/));
}
