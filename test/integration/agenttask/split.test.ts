import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { idOf, parentLabel } from '../../../crds/labels.ts';
import { decodeRunLog, runLogKey } from '../../../crds/runlog.ts';
import type { AgentTask } from '../../../crds/types/agenttask.ts';
import { nightly } from '../../harness/matrix.ts';
import { available, Fleet, skipNote } from './fleet.ts';
import { hostResults, readiness } from './objects.ts';
import type { Spec } from './objects.ts';

/** Leaves a line, then waits for a file that does not come by itself. */
const held =
  '- raw: echo {{ mark }} >> {{ folder }}/{{ mark }}; while ! test -e {{ folder }}/{{ mark }}-go; do sleep 0.2; done';
const allHosts = [0, 1, 2];
/** Enough for what needs no third one: each host is a run of its own. */
const twoHosts = [0, 1];

/** What the hosts have when each saw the task once. */
function once(mark: string, hosts: readonly number[] = twoHosts): readonly string[] {
  return hosts.map(() => `${mark}\n`);
}

describe.skipIf(!available.ok)(`tasks that are split over SSH hosts${skipNote}`, () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await Fleet.open({ leaseSeconds: 10 });
  });
  afterAll(() => fleet.close());

  const split = (name: string, steps: string, change: Spec = {}, hosts: readonly number[] = twoHosts): Promise<void> =>
    fleet.site.createTask(name, fleet.spec(hosts, steps, { splitBy: 'Host', variables: { mark: name }, ...change }));
  const childrenOf = (name: string): readonly AgentTask[] => {
    const uid = fleet.site.tasks.get(name)?.metadata.uid ?? 'none';
    return fleet.site.tasks.all
      .filter(({ metadata }) => metadata.labels?.[parentLabel] === uid)
      .toSorted((a, b) => a.metadata.name.localeCompare(b.metadata.name));
  };
  const childOn = (name: string, index: number): AgentTask | undefined =>
    childrenOf(name).find(({ spec }) => spec.hosts?.[0] === fleet.host(index).address);
  const seen = (mark: string, hosts: readonly number[] = twoHosts): Promise<readonly string[]> =>
    Promise.all(hosts.map((index) => fleet.onHost(index, mark)));
  const allBegun = (mark: string): Promise<unknown> =>
    Promise.all(twoHosts.map((index) => fleet.appears(index, mark, `${mark}\n`)));
  /** The sign for which they wait. */
  const go = (mark: string): Promise<unknown> =>
    Promise.all(twoHosts.map((index) => fleet.writeOnHost(index, `${mark}-go`)));

  test('on three hosts one fails: the others are not touched by that, and the whole tells of each', async () => {
    const [first, second, third] = fleet.addresses(...allHosts);
    await split(
      'partly',
      '- raw: echo {{ mark }} >> {{ folder }}/{{ mark }}\n' +
        '- fail: {msg: no luck}\n  when: inventory_hostname == unlucky',
      { variables: { mark: 'partly', unlucky: second }, correlationID: 'c-1', source: 'tests' },
      allHosts,
    );
    const ended = await fleet.site.tasks.ended('partly');
    expect(hostResults(ended)).toEqual([`${first} changed`, `${second} failed`, `${third} changed`]);
    expect(ended.status?.hosts?.[1]?.message).toBe('Task "fail": no luck');
    expect(readiness(ended)).toBe(`False HostsFailed: 3 hosts: 2 changed, 1 failed; see status.hosts for ${second}`);
    expect(ended.status).toMatchObject({ phase: 'PartlySucceeded', summary: { total: 3, changed: 2, failed: 1 } });
    expect(ended.status?.run).toBeUndefined();
    const children = childrenOf('partly');
    expect(ended.status?.children).toEqual(
      children.map(({ metadata, spec, status }) => ({
        name: metadata.name,
        host: spec.hosts?.[0],
        phase: status?.phase,
      })),
    );
    expect(children.map(({ status }) => status?.phase)).toEqual(['Succeeded', 'Failed', 'Succeeded']);
    expect(children.every(({ spec }) => spec.correlationID === 'c-1' && spec.source === 'tests')).toBe(true);
    expect(new Set([ended, ...children].map(idOf)).size).toBe(4);
    expect(await seen('partly', allHosts)).toEqual(once('partly', allHosts));
    await expect.poll(() => fleet.site.claims()).toEqual([]);
  });

  test('each child has its log, written before the task has ended', async () => {
    for (const child of childrenOf('partly')) {
      const text = await fleet.site.must(
        'get',
        'configmaps',
        `--selector=fleetwright.io/run-log=${child.metadata.uid}`,
        '--output=json',
      );
      const { items } = JSON.parse(text) as {
        readonly items: readonly { readonly binaryData: Readonly<Record<string, string>> }[];
      };
      const steps = items.flatMap(({ binaryData }) => decodeRunLog(binaryData[runLogKey] ?? '').steps);
      expect(new Set(steps.map(({ host }) => host))).toEqual(new Set(child.spec.hosts));
      expect(steps.map(({ result }) => result)).toEqual(
        child.status?.phase === 'Failed' ? ['changed', 'failed'] : ['changed', 'skipped'],
      );
    }
  });

  test('a stop half-way stops all that runs, and takes no finished host back', async () => {
    const [first, ...others] = fleet.addresses(...twoHosts);
    await split('halted', held, { variables: { mark: 'halted' } });
    await allBegun('halted');
    await fleet.writeOnHost(0, 'halted-go');
    await fleet.site.tasks.until(() => (childOn('halted', 0)?.status?.phase === 'Succeeded' ? true : undefined));
    await fleet.site.patchTask('halted', { stop: true });
    const ended = await fleet.site.tasks.ended('halted');
    expect(ended.status?.phase).toBe('Stopped');
    expect(ended.status?.children?.map(({ phase }) => phase)).toEqual(['Succeeded', 'Stopped']);
    expect(hostResults(ended)).toEqual([`${first} changed`, ...others.map((host) => `${host} failed`)]);
    for (const child of childrenOf('halted')) await fleet.quiet(child);
    expect(await seen('halted')).toEqual(once('halted'));
    await expect.poll(() => fleet.site.claims()).toEqual([]);
  });

  test('a task deleted half-way leaves no child, no process, no claim and no log', async () => {
    await split('deleted', held);
    await allBegun('deleted');
    const children = childrenOf('deleted');
    expect(children).toHaveLength(2);
    await fleet.site.must('delete', 'agenttask', 'deleted', '--wait=false');
    await fleet.site.tasks.gone('deleted');
    expect(children.map(({ metadata }) => fleet.site.tasks.get(metadata.name))).toEqual([undefined, undefined]);
    for (const child of children) await fleet.quiet(child);
    expect(await fleet.site.claims()).toEqual([]);
    expect(await seen('deleted')).toEqual(once('deleted'));
    // Kubernetes' own garbage collector, which takes its time.
    const uids = children.map(({ metadata }) => metadata.uid).join(',');
    await vi.waitFor(
      async () =>
        expect(
          await fleet.site.must('get', 'configmaps', `--selector=fleetwright.io/run-log in (${uids})`, '--output=name'),
        ).toBe(''),
      { timeout: 60_000, interval: 500 },
    );
  });

  test('a child that is deleted by hand is stopped, counts as not run, and is not made again', async () => {
    await split('robbed', held);
    await allBegun('robbed');
    const child = childOn('robbed', 1);
    if (child === undefined) throw new Error('there is no child');
    await fleet.site.must('delete', 'agenttask', child.metadata.name);
    await go('robbed');
    const ended = await fleet.site.tasks.ended('robbed');
    expect(ended.status?.children?.map(({ phase }) => phase)).toEqual(['Succeeded', 'Stopped']);
    expect(ended.status?.hosts?.[1]).toMatchObject({
      result: 'notRun',
      message: `its AgentTask ${child.metadata.name} was deleted`,
    });
    expect(ended.status?.phase).toBe('PartlySucceeded');
    expect(childrenOf('robbed')).toHaveLength(1);
    expect(await seen('robbed')).toEqual(once('robbed'));
  });

  test(
    'controllers that are killed at any stage of a split task make no host see it twice',
    { timeout: 300_000 },
    async () => {
      const { controllers, tasks } = fleet.site;
      const again = async (): Promise<void> => {
        await controllers.kill();
        await controllers.start();
      };
      await split('killed', held);
      if (nightly) {
        await tasks.until(() => (tasks.get('killed') === undefined ? undefined : true));
        await again();
      }
      await tasks.until(() => (childrenOf('killed').length > 0 ? true : undefined));
      await again();
      await allBegun('killed');
      if (nightly) await again();
      await go('killed');
      await tasks.until(() =>
        childrenOf('killed').some(({ status }) => status?.phase === 'Succeeded') ? true : undefined,
      );
      await again();
      const ended = await tasks.ended('killed');
      expect(ended.status).toMatchObject({ phase: 'Succeeded', summary: { total: 2, changed: 2 } });
      expect(childrenOf('killed').map(({ status }) => status?.attempts)).toEqual([1, 1]);
      expect(await seen('killed')).toEqual(once('killed'));
    },
  );

  test('two split tasks and a plain one on the same hosts never meet there', async () => {
    const steps =
      '- raw: test ! -e {{ folder }}/here && touch {{ folder }}/here ' +
      '&& sleep 1 && rm {{ folder }}/here && echo {{ mark }} >> {{ folder }}/meeting';
    await Promise.all([
      split('left', steps),
      split('right', steps),
      fleet.site.createTask('middle', fleet.spec(twoHosts, steps, { variables: { mark: 'middle' } })),
    ]);
    const ended = await Promise.all(['left', 'right', 'middle'].map((name) => fleet.site.tasks.ended(name)));
    expect(ended.map(({ status }) => status?.phase)).toEqual(['Succeeded', 'Succeeded', 'Succeeded']);
    for (const index of twoHosts)
      expect((await fleet.onHost(index, 'meeting')).trim().split('\n').toSorted()).toEqual(['left', 'middle', 'right']);
  });
});
