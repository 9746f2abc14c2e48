import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventFiles, eventsById, readEvents } from '../../../../../controllers/agenttask/executors/events.ts';
import { OutputSize } from '../../../../../controllers/agenttask/executors/output-size.ts';
import { pathsIn } from '../../../../../controllers/agenttask/executors/run-folder.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fleetwright-events-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const runFolder = '/state/run-ö';

/** The files of the folder, as those of a run in another one. */
async function filesOf(events = folder): ReturnType<typeof eventFiles> {
  return eventFiles({ events, folder: runFolder });
}

describe('events', () => {
  test('are listed in the order of their numbers, without half-written files', async () => {
    for (const name of ['10-a.json', '9-b.json', '1-c.json', 'd-partial.json', '11-e.json.tmp']) {
      await writeFile(join(folder, name), '{}');
    }
    expect((await filesOf()).map(({ path }) => basename(path))).toEqual(['1-c.json', '9-b.json', '10-a.json']);
  });

  test('are none when the run has no folder for them', async () => {
    expect(await filesOf(join(folder, 'absent'))).toEqual([]);
  });

  test('that are damaged or vanish are passed over', async () => {
    await writeFile(join(folder, '1-a.json'), '{"event": "playbo');
    await writeFile(join(folder, '2-b.json'), '{"event": "playbook_on_start"}');
    const files = await filesOf();
    await writeFile(join(folder, '3-c.json'), '{"event": "playbook_on_stats"}');
    const all = await filesOf();
    await rm(join(folder, '3-c.json'));
    expect(all).toHaveLength(files.length + 1);
    const names = [];
    for await (const { name } of readEvents(all)) names.push(name);
    expect(names).toEqual(['playbook_on_start']);
  });

  test('of many megabytes are read by their end, and text that looks like an event does not mislead', async () => {
    const stdout = `${'x'.repeat(3 << 20)} , "event": "runner_on_ok", `;
    const text =
      `{"uuid": "u", "stdout": ${JSON.stringify(stdout)}, "runner_ident": "r", ` +
      '"event": "runner_on_failed", "event_data": {"host": "h"}}';
    await writeFile(join(folder, '1-a.json'), text);
    const events = [];
    for await (const event of readEvents(await filesOf())) {
      events.push(event);
    }
    expect(events).toEqual([{ name: 'runner_on_failed', data: { host: 'h' } }]);
  });
});

test('where the run lies on this machine stands in no event that is read', async () => {
  const data = '{"res": {"msg": "no file /state/run-\\u00f6/project/x, nor /state/run-\\u00f6/y"}}';
  await writeFile(join(folder, '1-a.json'), `{"event": "runner_on_failed", "event_data": ${data}}`);
  for await (const event of readEvents(await filesOf()))
    expect(event.data).toEqual({ res: { msg: 'no file project/x, nor y' } });
  expect.assertions(1);
});

test('events are found by their uuids, as far as their files are there', async () => {
  for (const [name, uuid] of [
    ['1-0000', 'a'],
    ['2-1111', 'b'],
    ['3-2222', 'c'],
  ] as const)
    await writeFile(join(folder, `${name}.json`), JSON.stringify({ event: uuid, event_data: { host: uuid } }));
  const events = await eventsById(await filesOf(), new Set(['1111', '2222', '3333']));
  expect([...events]).toEqual([
    ['1111', { name: 'b', data: { host: 'b' } }],
    ['2222', { name: 'c', data: { host: 'c' } }],
  ]);
});

describe('OutputSize', () => {
  test('sums the output and counts each event once', async () => {
    const paths = pathsIn(folder, 'r', join(folder, 'mark'));
    const size = new OutputSize();
    expect(await size.measure('r', paths)).toBe(0);
    await mkdir(paths.events, { recursive: true });
    await writeFile(join(paths.artifacts, 'stdout'), 'x'.repeat(100));
    await writeFile(join(paths.events, '1-a.json'), 'x'.repeat(10));
    expect(await size.measure('r', paths)).toBe(110);
    await writeFile(join(paths.events, '2-b.json'), 'x'.repeat(5));
    expect(await size.measure('r', paths)).toBe(115);
    expect(await size.measure('r', paths)).toBe(115);
  });
});
