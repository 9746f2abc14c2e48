import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { amount, variants } from '../../harness/matrix.ts';
import { task } from './objects.ts';
import { Site } from './site.ts';

const total = amount(12, 300);
/** So many of the tasks share a few hosts, and have to go one after another there. */
const queued = amount(6, 20);
const contestedHosts = amount(3, 4);
const patience = 1_500_000;

/** Nothing but one line in the task's own file, written on this machine, whatever the host is called. */
const content = `- hosts: all
  gather_facts: false
  connection: local
  tasks:
    - raw: echo {{ inventory_hostname }} >> {{ target }}
`;

describe(`${total} tasks at once`, () => {
  let site: Site;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fleetwright-many-'));
    site = await Site.open({ maxRuns: 6 });
    await site.controllers.start();
  });
  afterAll(async () => {
    await site.close();
    await rm(folder, { recursive: true, force: true });
  });

  test(
    'while the controllers are killed, all end, none runs twice and none is lost',
    { timeout: patience + 60_000 },
    async () => {
      const names = Array.from({ length: total }, (_, index) => `task-${index}`);
      const hostOf = (index: number): string =>
        index < queued ? `contested-${index % contestedHosts}` : `host-${index}`;
      await site.mustCreate(
        ...names.map((name, index) =>
          task(name, { hosts: [hostOf(index)], content, variables: { target: join(folder, name) } }),
        ),
      );

      const ended = (): number => site.tasks.all.filter(({ status }) => status?.completionTime !== undefined).length;
      for (const share of variants([0.2, 0.6], [0.4])) {
        await site.tasks.until(() => (ended() >= total * share ? true : undefined), patience);
        await site.controllers.kill();
        await site.controllers.start();
      }
      await site.tasks.until(() => (ended() === total ? true : undefined), patience);

      const outcomes = Object.fromEntries(
        site.tasks.all.map(({ metadata, status }) => [
          metadata.name,
          `${status?.phase} after ${status?.attempts}: ${status?.message}`,
        ]),
      );
      expect(outcomes).toEqual(Object.fromEntries(names.map((name) => [name, 'Succeeded after 1: 1 host: 1 changed'])));
      const lines = await Promise.all(
        (await readdir(folder)).map(async (name): Promise<[string, string]> => [
          name,
          await readFile(join(folder, name), 'utf8'),
        ]),
      );
      expect(Object.fromEntries(lines)).toEqual(
        Object.fromEntries(names.map((name, index) => [name, `${hostOf(index)}\n`])),
      );
      expect(overlaps(names.slice(0, queued))).toEqual([]);
    },
  );

  /** Tasks of one host that began before the one ahead of them had ended. Times are in whole seconds. */
  function overlaps(names: readonly string[]): readonly string[] {
    const runs = names.flatMap((name) => {
      const { spec, status } = site.tasks.get(name) ?? {};
      return [
        {
          name,
          host: spec?.hosts?.[0],
          start: Date.parse(status?.startTime ?? ''),
          end: Date.parse(status?.completionTime ?? ''),
        },
      ];
    });
    return runs.flatMap((run) =>
      runs
        .filter(
          (other) =>
            other.name !== run.name && other.host === run.host && other.start < run.start && other.end > run.start,
        )
        .map((other) => `${run.name} began before ${other.name} had ended`),
    );
  }
});
