import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { idCounterName, idOf } from '../../../crds/labels.ts';
import type { AgentTask } from '../../../crds/types/agenttask.ts';
import { amount } from '../../harness/matrix.ts';
import { task } from './objects.ts';
import { Site } from './site.ts';

const many = amount(20, 60);

/** Nothing of them ever runs. */
const planned = { hosts: ['nowhere.example.com'], content: '- ping:', dryRun: true };

describe('tasks that kubectl made', () => {
  let site: Site;
  beforeAll(async () => {
    site = await Site.open({ leaseSeconds: 10 });
    await site.controllers.start();
  });
  afterAll(() => site.close());

  async function ids(...names: readonly string[]): Promise<readonly number[]> {
    return site.tasks.until(() => {
      const found = names
        .map((name) => site.tasks.get(name))
        .flatMap((one) => (one === undefined ? [] : (idOf(one) ?? [])));
      return found.length === names.length ? found : undefined;
    });
  }

  test(`get ids of their own, ${many} at once, also while the controllers are killed`, async () => {
    const names = Array.from({ length: many }, (_, index) => `many-${index}`);
    await site.mustCreate(...names.map((name) => task(name, planned)));
    await site.tasks.until(() => (site.tasks.all.some((one) => idOf(one) !== undefined) ? true : undefined));
    await site.controllers.kill();
    await site.controllers.start();
    const given = await ids(...names);
    expect(new Set(given).size).toBe(many);
    expect(Math.min(...given)).toBeGreaterThan(0);
  });

  /** Resolves when none is left, nor shown by the watch of this test. */
  async function deleteAll(): Promise<void> {
    await site.must('delete', 'agenttasks', '--all');
    await site.tasks.until(() => (site.tasks.all.length === 0 ? true : undefined));
  }

  test('get higher ones than those before, also when these are gone', async () => {
    const highest = Math.max(...site.tasks.all.map((one) => idOf(one) ?? 0));
    await deleteAll();
    await site.createTask('later', planned);
    expect((await ids('later'))[0]).toBeGreaterThan(highest);
  });

  test('go on above the ids in use when somebody has deleted the counter', async () => {
    const [before = 0] = await ids('later');
    const { code } = await site.cluster.kubectl([
      '--namespace',
      site.systemNamespace,
      'delete',
      'configmap',
      idCounterName,
    ]);
    expect(code).toBe(0);
    await site.createTask('latest', planned);
    expect((await ids('latest'))[0]).toBeGreaterThan(before);
  });

  test('are given none that another task had, also when the counter is deleted and no task is left', async () => {
    const highest = Math.max(...(await ids('later', 'latest')));
    await deleteAll();
    const { code } = await site.cluster.kubectl([
      '--namespace',
      site.systemNamespace,
      'delete',
      'configmap',
      idCounterName,
    ]);
    expect(code).toBe(0);
    await site.createTask('later', planned);
    expect((await ids('later'))[0]).toBeGreaterThan(highest);
  });

  test('keep no id that came with a copy of the YAML of another task, while that one keeps it', async () => {
    const [original] = await ids('later');
    const { metadata, spec } = JSON.parse(await site.must('get', 'agenttask', 'later', '--output=json')) as AgentTask;
    await site.mustCreate({ ...task('copy', planned), metadata: { name: 'copy', labels: metadata.labels }, spec });
    await site.tasks.ready('copy', 'Planned');
    const copied = await site.tasks.until(() => {
      const copy = site.tasks.get('copy');
      const id = copy === undefined ? undefined : idOf(copy);
      return id === original ? undefined : id;
    });
    expect(copied).toBeGreaterThan(0);
    expect(await ids('later')).toEqual([original]);
  });
});
