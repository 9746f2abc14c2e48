import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { play } from '../../hosts/play.ts';
import { available, Fleet, skipNote } from './fleet.ts';
import { hostResults, readiness } from './objects.ts';
import type { Spec } from './objects.ts';

/** Leaves a line, then waits for a file that does not come by itself. */
const held = '- raw: echo {{ mark }} >> {{ folder }}/{{ mark }}; while ! test -e {{ folder }}/go; do sleep 0.2; done';

describe.skipIf(!available.ok)(`the life of tasks on SSH hosts${skipNote}`, () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await Fleet.open();
  });
  afterAll(() => fleet.close());

  /** Resolves when the task has left its line on the host: it is in the middle of its run. */
  const begun = async (index: number, mark: string): Promise<void> => fleet.appears(index, mark, `${mark}\n`);

  test('stop half-way leaves what is done, later hosts untouched, and nothing alive here or on the host', async () => {
    const [first, second, third] = fleet.addresses(0, 1, 2);
    // Host by host.
    const steps =
      '- raw: echo stopped >> {{ folder }}/stopped\n- name: Hang\n' +
      '  shell: echo process $$ >> {{ folder }}/hangs; while true; do sleep 1; done\n' +
      '  when: inventory_hostname == slow';
    const content = play(steps, 'serial: 1');
    await fleet.site.createTask('stopped', fleet.spec([0, 1, 2], '', { content, variables: { slow: second } }));
    await fleet.appears(1, 'hangs', 'process ');
    const pid = (await fleet.onHost(1, 'hangs')).replace('process ', '').trim();
    expect(await fleet.aliveOnHost(1, pid)).toBe(true);
    await fleet.site.patchTask('stopped', { stop: true });
    const ended = await fleet.site.tasks.ended('stopped');
    expect(ended.status?.phase).toBe('Stopped');
    expect(hostResults(ended)).toEqual([`${first} changed`, `${second} failed`, `${third} notRun`]);
    expect(ended.status?.hosts?.[1]?.message).toBe('The run ended during the task "Hang"; what it did is not known.');
    expect(readiness(ended)).toBe('False Stopped: stopped on request; 3 hosts: 1 changed, 1 failed, 1 not run');
    await fleet.quiet(ended);
    expect(await fleet.onHost(2, 'stopped')).toBe('');
    // The host learns of the end when its SSH server notices it.
    await expect.poll(() => fleet.aliveOnHost(1, pid)).toBe(false);
    await expect.poll(() => fleet.site.claims()).toEqual([]);

    const takenBack = await fleet.site.run(
      'patch',
      'agenttask',
      'stopped',
      '--type=merge',
      '--patch={"spec":{"stop":false}}',
    );
    expect(takenBack.stderr).toContain('spec.stop: Forbidden: stop cannot be taken back');
  });

  test('a task that is deleted while it runs is stopped, frees its hosts, leaves no process and no file', async () => {
    await fleet.site.createTask('deleted', fleet.spec([0, 1], held, { variables: { mark: 'deleted' } }));
    await Promise.all([begun(0, 'deleted'), begun(1, 'deleted')]);
    const running = await fleet.site.tasks.ready('deleted', 'Running');
    expect((await fleet.site.claims()).toSorted()).toEqual(fleet.addresses(0, 1).toSorted());
    expect(await fleet.processes(running)).not.toEqual([]);
    await fleet.site.must('delete', 'agenttask', 'deleted', '--wait=false');
    await fleet.site.tasks.gone('deleted');
    await fleet.quiet(running);
    expect(await fleet.site.claims()).toEqual([]);
    const id = running.status?.run?.id ?? 'no run';
    expect([...(await fleet.site.stateFiles()).keys()].filter((path) => path.includes(`/${id}/`))).toEqual([]);
  });

  test('a second task on a host waits, names the first, and runs when that has ended', async () => {
    await fleet.site.createTask('first', fleet.spec([0, 1], held, { variables: { mark: 'first' } }));
    await begun(1, 'first');
    await fleet.site.createTask('second', fleet.spec([1, 2], '- raw: echo second >> {{ folder }}/second'));
    const waits = await fleet.site.tasks.ready('second', 'HostClaimed');
    expect(readiness(waits)).toBe(
      `False HostClaimed: host ${fleet.host(1).address} is claimed by AgentTask ${fleet.site.namespace}/first`,
    );
    expect(waits.status).toMatchObject({ phase: 'Pending' });
    expect(waits.status?.startTime).toBeUndefined();

    // A shared task waits for nobody.
    const sign = await fleet.site.finish('sign', fleet.spec([0, 1], '- raw: touch {{ folder }}/go', { shared: true }));
    expect(sign.status?.phase).toBe('Succeeded');
    const [first, second] = await Promise.all([fleet.site.tasks.ended('first'), fleet.site.tasks.ended('second')]);
    expect([first.status?.phase, second.status?.phase]).toEqual(['Succeeded', 'Succeeded']);
    expect(await fleet.onHost(1, 'second')).toBe('second\n');
    expect(Date.parse(second.status?.startTime ?? '')).toBeGreaterThanOrEqual(
      Date.parse(first.status?.completionTime ?? ''),
    );
  });

  test('shared tasks run side by side on one host: each waits there for the other', async () => {
    const meeting = '- raw: touch {{ folder }}/{{ me }}; while ! test -e {{ folder }}/{{ other }}; do sleep 0.2; done';
    const spec = (me: string, other: string): Spec =>
      fleet.spec([0], meeting, { shared: true, variables: { me, other } });
    const ended = await Promise.all([
      fleet.site.finish('romeo', spec('romeo', 'juliet')),
      fleet.site.finish('juliet', spec('juliet', 'romeo')),
    ]);
    expect(ended.map(({ status }) => status?.phase)).toEqual(['Succeeded', 'Succeeded']);
  });

  test('a dry run shows the plan and touches nothing; taking dryRun away runs it', async () => {
    const spec = fleet.spec([0, 2], '- raw: echo planned >> {{ folder }}/planned', {
      dryRun: true,
      become: {},
      variables: { mark: 'x' },
    });
    await fleet.site.createTask('planned', spec);
    const planned = await fleet.site.tasks.ready('planned', 'Planned');
    const [first, third] = fleet.addresses(0, 2);
    expect(planned.status?.plan).toEqual([
      `claim ${first}, ${third}`,
      'log in as deploy, becoming root by sudo, with the key of Secret fleet-ssh, host keys checked',
      'set the variables mark',
      'run play 1: hosts',
      'on 2 hosts, 5 at a time, for at most 3600 s',
    ]);
    expect(planned.status?.run).toBeUndefined();
    await fleet.site.patchTask('planned', { dryRun: false });
    const ended = await fleet.site.tasks.ended('planned');
    expect(ended.status).toMatchObject({ phase: 'Succeeded', attempts: 1 });
    expect(ended.status?.plan).toBeUndefined();
    expect(await fleet.onHost(0, 'planned')).toBe('planned\n');
  });

  test('a paused task waits, holds no host against others, and runs when it is resumed', async () => {
    await fleet.site.createTask(
      'paused',
      fleet.spec([0], '- raw: echo paused >> {{ folder }}/order', { paused: true }),
    );
    expect(readiness(await fleet.site.tasks.ready('paused', 'Paused'))).toContain('set it to false');
    const other = await fleet.site.finish('overtakes', fleet.spec([0], '- raw: echo overtakes >> {{ folder }}/order'));
    expect(other.status?.phase).toBe('Succeeded');
    await fleet.site.patchTask('paused', { paused: false });
    expect((await fleet.site.tasks.ended('paused')).status?.phase).toBe('Succeeded');
    expect(await fleet.onHost(0, 'order')).toBe('overtakes\npaused\n');
  });

  test('a task that is stopped before it started ends at once and touches nothing', async () => {
    await fleet.site.createTask('never', fleet.spec([0], '- raw: echo never >> {{ folder }}/never', { paused: true }));
    await fleet.site.tasks.ready('never', 'Paused');
    await fleet.site.patchTask('never', { stop: true });
    const ended = await fleet.site.tasks.ended('never');
    expect(readiness(ended)).toBe('False Stopped: stopped on request before it started');
    expect(hostResults(ended)).toEqual([`${fleet.host(0).address} notRun`]);
    expect(await fleet.onHost(0, 'never')).toBe('');
  });

  test('a task with ttlSecondsAfterFinished is deleted after its end, with its files', async () => {
    const spec = fleet.spec([0], '- debug:', { ttlSecondsAfterFinished: 2 });
    // From its beginning on: when it has ended it is not there for long.
    const [ended] = await Promise.all([fleet.site.tasks.ended('passing'), fleet.site.createTask('passing', spec)]);
    expect(ended.status?.phase).toBe('Succeeded');
    await fleet.site.tasks.gone('passing');
    expect(await fleet.site.claims()).toEqual([]);
    const id = ended.status?.run?.id ?? 'no run';
    expect([...(await fleet.site.stateFiles()).keys()].filter((path) => path.includes(`/${id}/`))).toEqual([]);
  });
});
