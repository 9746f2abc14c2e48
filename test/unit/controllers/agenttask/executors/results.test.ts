import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readResults } from '../../../../../controllers/agenttask/executors/results.ts';
import { pathsIn, type RunPaths } from '../../../../../controllers/agenttask/executors/run-folder.ts';

let paths: RunPaths;
beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fleetwright-results-'));
  paths = pathsIn(folder, 'r', join(folder, 'mark'));
  await mkdir(paths.events, { recursive: true });
});
afterEach(async () => {
  await rm(paths.folder, { recursive: true });
});

/** Events as ansible-runner leaves them, by their uuids. */
async function leave(events: Readonly<Record<string, object>>): Promise<void> {
  for (const [number, [uuid, event]] of Object.entries(events).entries())
    await writeFile(join(paths.events, `${number + 1}-${uuid}.json`), JSON.stringify({ uuid, ...event }));
}

function failure(host: string, task: string, known: object = {}): object {
  const data = { host, task, res: { msg: `${paths.folder}/home: no` }, fleetwright: known };
  return { event: 'runner_on_failed', event_data: data };
}

const course = { plays: 1, begun: 1, selected: ['a', 'b'], waiting: [], fatal: {}, cut: {}, unreached: {} };

function counted(stats: object, known: object): object {
  return { event: 'playbook_on_stats', event_data: { ...stats, fleetwright: { ...course, ...known } } };
}

async function told(hosts: readonly string[]): Promise<unknown> {
  const { hosts: results, ...others } = await readResults(paths, hosts, false);
  return { hosts: results.map(({ counts: _counts, ...host }) => host), ...others };
}

test('final counts are told with the failure that the course names, others of the host are not looked at', async () => {
  await leave({
    first: failure('a', 'Deploy'),
    second: failure('a', 'Tidy'),
    stats: counted({ failures: { a: 2 }, ok: { b: 1 } }, { fatal: { a: 'first' } }),
  });
  expect(await told(['a', 'b'])).toEqual({
    hosts: [
      { name: 'a', result: 'failed', message: 'Task "Deploy": home: no' },
      { name: 'b', result: 'ok' },
    ],
  });
});

test('hosts outside the specification that failed are named, the first two with their words', async () => {
  await leave({
    e1: failure('localhost', 'Tell'),
    e2: failure('db-1', 'Migrate'),
    stats: counted(
      { ok: { a: 1 }, failures: { localhost: 1, 'db-1': 1, 'db-2': 1 }, dark: { 'db-3': 1 } },
      { fatal: { localhost: 'e1', 'db-1': 'e2', 'db-2': 'gone' } },
    ),
  });
  expect(await told(['a'])).toEqual({
    hosts: [{ name: 'a', result: 'ok' }],
    elsewhere: 'localhost: Task "Tell": home: no; db-1: Task "Migrate": home: no; and 2 more',
  });
});

test('a host that was not brought to the end is told why', async () => {
  await leave({
    e1: failure('a', 'Check', { endsPlay: 'any_errors_fatal' }),
    stats: counted(
      { failures: { a: 1 }, ok: { b: 1 } },
      { selected: ['a', 'b', 'c', 'd'], fatal: { a: 'e1' }, cut: { b: 'e1', d: 'gone' }, waiting: ['c'] },
    ),
  });
  const unfinished = { unfinished: true };
  expect(await told(['b', 'c', 'd'])).toMatchObject({
    hosts: [
      {
        name: 'b',
        result: 'ok',
        message:
          'Task "Check" failed on a, which ended the play (any_errors_fatal): later tasks may not have run here.',
        ...unfinished,
      },
      {
        name: 'c',
        result: 'notRun',
        message: 'A play ended before the turn of this host came (serial): its tasks did not run here.',
        ...unfinished,
      },
      {
        name: 'd',
        result: 'notRun',
        message: 'A failure on another host ended the play: later tasks may not have run here.',
        ...unfinished,
      },
    ],
  });
});

test('hosts of a run that ended before all plays began may lack later tasks', async () => {
  await leave({ stats: counted({ ok: { a: 1 } }, { plays: 2 }) });
  expect(await told(['a'])).toEqual({
    hosts: [
      {
        name: 'a',
        result: 'ok',
        message: 'The run ended before all plays of the content began: later tasks may not have run here.',
        unfinished: true,
      },
    ],
  });
});

test('content that selects nobody is told from content that did nothing on the hosts that it selects', async () => {
  await leave({ stats: counted({}, { selected: [] }) });
  expect(await told(['a'])).toMatchObject({ unmatched: true });
  await leave({ stats: counted({ ok: { localhost: 1 } }, { selected: ['localhost'] }) });
  expect(await told(['a'])).toMatchObject({ unmatched: true });
  await leave({ stats: counted({ ok: { b: 1 } }, { selected: ['b'] }) });
  expect(await told(['a', 'b'])).toEqual({
    hosts: [
      { name: 'a', result: 'notRun', message: 'No play of the content selects this host.' },
      { name: 'b', result: 'ok' },
    ],
  });
  await leave({ stats: counted({}, {}) });
  expect(await told(['a'])).toEqual({
    hosts: [{ name: 'a', result: 'notRun', message: 'Nothing was to be done here.' }],
  });
});

test('a host that was never reached, which the content ignores, has run nothing, whatever is counted', async () => {
  const away = { host: 'a', task: 'Ping', res: { msg: 'no route' }, fleetwright: { ignored: true } };
  await leave({
    e1: { event: 'runner_on_unreachable', event_data: away },
    stats: counted({ ok: { a: 2 }, changed: { a: 1 } }, { unreached: { a: 'e1' } }),
  });
  expect(await told(['a'])).toEqual({
    hosts: [
      { name: 'a', result: 'notRun', message: 'Never reached, which the content ignores: Task "Ping": no route' },
    ],
  });
});

test('counts of a run that an older release started are told without a course', async () => {
  await leave({ stats: { event: 'playbook_on_stats', event_data: { failures: { a: 1 }, ok: { b: 1 } } } });
  expect(await told(['a', 'b', 'c'])).toEqual({
    hosts: [
      { name: 'a', result: 'failed' },
      { name: 'b', result: 'ok' },
      { name: 'c', result: 'notRun' },
    ],
  });
});

test.each([
  ['RUN/project/playbook.yml', 'the content'],
  ['RUN/project/tasks.yml', 'the content'],
  ['RUN/project/roles/web/tasks/main.yml', 'roles/web/tasks/main.yml'],
  ['/srv/content/roles/web/tasks/setup.yml', 'roles/web/tasks/setup.yml'],
  [
    '/usr/share/ansible/collections/ansible_collections/acme/web/roles/x/tasks/main.yml',
    'ansible_collections/acme/web/roles/x/tasks/main.yml',
  ],
  ['/etc/other.yml', '/etc/other.yml'],
])('what Ansible refuses in %s is placed in %s', async (origin, file) => {
  const path = origin.replace('RUN', paths.folder);
  const output = `[ERROR]: unexpected parameter type\nOrigin: ${path}:4:7\n\n2   tasks:\n`;
  await writeFile(join(paths.artifacts, 'stdout'), output);
  expect(await told(['a'])).toEqual({
    hosts: [{ name: 'a', result: 'notRun' }],
    uncounted: true,
    message: `Line 4, column 7 of ${file}: unexpected parameter type`,
  });
});
