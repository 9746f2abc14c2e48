import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { RunStep } from '../../../crds/runlog.ts';
import { Site, available, resultClasses, resultOf, skipNote } from './support.ts';

/** Tasks as the REST clients send them: JSON, the module's arguments beside its name. */
function listed(scripts: readonly (string | object)[]): readonly object[] {
  return scripts.map((script) =>
    typeof script === 'string' ? { action: { module: 'longscript', content: script } } : script,
  );
}

/** A play that gathers no facts, which take longer than anything here. */
function play(hosts: string, ...scripts: readonly (string | object)[]): object {
  return { hosts, gather_facts: false, tasks: listed(scripts) };
}

/** A task that adds a line to a file on the host. */
function note(line: string): object {
  return { lineinfile: { path: '/srv/fleetwright-host/forms', create: true, line } };
}

/** A task that writes a value to a file on the host. */
function show(name: string, value: string): object {
  return { copy: { dest: `/srv/fleetwright-host/${name}`, content: `{{ ${value} | to_json }}` } };
}

describe.skipIf(!available.ok)(`the longscript module on real hosts${skipNote}`, () => {
  let site: Site;
  beforeAll(async () => {
    site = await Site.open();
  });
  afterAll(async () => {
    await site.close();
  });

  type Ran = Awaited<ReturnType<Site['run']>> & { readonly steps: readonly RunStep[] };

  async function ran(plays: readonly object[], change: Parameters<Site['run']>[1] = {}): Promise<Ran> {
    const run = await site.run(JSON.stringify(plays), change);
    return { ...run, steps: await site.executor.steps(run.id) };
  }

  const address = (index: number): string => site.host(index).address;
  const on = (index: number): object => ({ when: `inventory_hostname == '${address(index)}'` });

  test('stock scripts and the other forms of tasks run, with bash whatever the first line says', async () => {
    const script =
      '#!/bin/sh\n# check\nTIMES={{check_times}}\n' +
      'for ((i=0;i<$TIMES;i++));\ndo\n\techo "time $i {{name}}" >> /srv/fleetwright-host/checked\ndone\nexit 0';
    const register = { register: 'said' };
    const tasks = listed([
      script,
      { action: { args: 'echo {{echo_word}} ', module: 'shell' }, ...register },
      note('{{ said.stdout }} 1'),
      { action: 'shell echo {{echo_word}}', ...register },
      note('{{ said.stdout }} 2'),
      { action: { module: 'shell echo {{echo_word}}' }, ...register },
      note('{{ said.stdout }} 3'),
      { name: 'named', longscript: 'content="echo {{echo_word}}"', ...register },
      note('{{ said.stdout }} 4'),
    ]);
    const { state, results } = await ran(tasks, {
      hosts: [address(0)],
      variables: { check_times: 3, name: "it's {{ data }}", echo_word: 'hello' },
    });
    expect(state.outcome).toBe('successful');
    expect(resultClasses(results)).toEqual(['changed']);
    expect(await site.onHost(0, 'checked')).toBe(
      "time 0 it's {{ data }}\ntime 1 it's {{ data }}\ntime 2 it's {{ data }}\n",
    );
    expect(await site.onHost(0, 'forms')).toBe('hello 1\nhello 2\nhello 3\nhello 4\n');
  });

  /** One run, with a play on each host. */
  describe('of scripts that go well', () => {
    let well: Ran;
    beforeAll(async () => {
      const args = {
        content: 'echo out; echo err >&2; dirname "$0" > /srv/fleetwright-host/where; cat',
        remove: true,
        callback_url: 'http://x',
        sync_time: 3,
      };
      const register = { register: 'ran' };
      const long = "head -c 3000000 /dev/zero | tr '\\0' x; echo END";
      well = await ran([
        play(
          address(0),
          { action: { module: 'longscript', args }, ...register },
          show(
            'result',
            '[ran.rc, ran.stdout, ran.stderr, ran.changed, ran.output_truncated, ' +
              'ran.stdout_lines, ran.start is string and ran.end is string and ran.delta is string]',
          ),
          'ls -d "$(cat /srv/fleetwright-host/where)" > /srv/fleetwright-host/left; true',
        ),
        play(
          address(1),
          { longscript: { content: long }, ...register },
          show('kept', '[ran.stdout | length, ran.output_truncated, ran.stdout[-3:]]'),
          'sleep 4322 & echo $! > /srv/fleetwright-host/left-behind',
        ),
        play(address(2), {
          name: 'only checked',
          longscript: { content: 'touch /srv/fleetwright-host/checked-mode' },
          check_mode: true,
        }),
      ]);
    });

    test('the result has output, exit code and times; arguments of older callers are taken', async () => {
      expect(resultClasses(well.results).slice(0, 2)).toEqual(['changed', 'changed']);
      expect(JSON.parse(await site.onHost(0, 'result'))).toEqual([0, 'out', 'err', true, false, ['out'], true]);
    });

    test('nothing of the script stays on the host', async () => {
      expect(await site.onHost(0, 'where')).toMatch(/^\/.*longscript-/);
      expect(await site.onHost(0, 'left')).toBe('');
    });

    test('a long output is kept by its end, which the result says', async () => {
      expect(JSON.parse(await site.onHost(1, 'kept'))).toEqual([262_143, true, 'END']);
    });

    test('what a script leaves in the background is not waited for', async () => {
      expect(await site.aliveOnHost(1, 'left-behind')).toBe(true);
    });

    test('nothing runs in check mode', async () => {
      expect(resultClasses(well.results)[2]).toBe('skipped');
      expect(well.steps.find(({ name }) => name === 'only checked')).toMatchObject({
        action: 'longscript',
        result: 'skipped',
      });
      expect(await site.onHost(2, 'checked-mode')).toBe('');
    });
  });

  /** One run, in which each host fails in its own way in the end. */
  describe('of scripts that fail', () => {
    let badly: Ran;
    const failed = (name: string): RunStep | undefined =>
      badly.steps.find((step) => step.name === name && step.result === 'failed');
    beforeAll(async () => {
      const ignore = { ignore_errors: true, ...on(0) };
      const noisy =
        `${'# a remark that makes it long\n'.repeat(5000)}head -c 3000000 /dev/zero | tr '\\0' x; ` +
        'echo; echo the end; exit 3';
      const endless =
        'trap "" TERM; echo begun; sleep 4321 & echo $! > /srv/fleetwright-host/sleeper; wait; wait; sleep 4321';
      badly = await ran([
        play(
          'all',
          { name: 'hidden', longscript: { content: 'echo s3cret-of-script; exit 1' }, no_log: true, ...ignore },
          { name: 'empty', action: { module: 'longscript' }, ...ignore },
          { name: 'hasty', longscript: { content: 'true', timeout: 0 }, ...ignore },
          { name: 'plain', ...listed(['echo one; echo "no disk" >&2; exit 7'])[0], ...on(0) },
          { name: 'noisy', longscript: { content: noisy }, ...on(1) },
          { name: 'endless', longscript: { content: endless, timeout: 1 }, ...on(2) },
        ),
      ]);
    });

    test('one says its exit code and why, in the result of the host and in the log', () => {
      expect(resultClasses(badly.results)).toEqual(['failed', 'failed', 'failed']);
      const message = 'the script ended with exit code 7: no disk';
      expect(resultOf(badly.results, site.host(0)).message).toBe(`Task "plain": ${message}`);
      expect(failed('plain')).toMatchObject({ action: 'longscript', host: address(0), message });
    });

    test('one longer than an event may be, with more output than may be kept, still tells its failure', () => {
      expect(resultOf(badly.results, site.host(1)).message).toMatch(
        /^Task "noisy": the script ended with exit code 3: x+/,
      );
      expect(failed('noisy')?.message).toMatch(/the end$/);
    });

    test('one that takes longer than its timeout is ended with all that it started', async () => {
      expect(resultOf(badly.results, site.host(2)).message).toBe(
        'Task "endless": the script was ended after 1 s (exit code 124): begun',
      );
      expect(await site.aliveOnHost(2, 'sleeper')).toBe(false);
    });

    test('neither the script nor its output is in the log under no_log', () => {
      const step = failed('hidden');
      expect(step).toMatchObject({ result: 'failed' });
      expect(step).not.toHaveProperty('message');
    });

    test('missing content and a bad timeout are refused by name', () => {
      expect(failed('empty')?.message).toMatch(/missing required arguments: content/);
      expect(failed('hasty')?.message).toMatch(/timeout must be at least 1 second/);
    });
  });

  test('a stopped run ends the script on the host, not only the connection', async () => {
    const script = 'echo $$ > /srv/fleetwright-host/running; sleep 4323; echo went on > /srv/fleetwright-host/went-on';
    const run = site.spec(JSON.stringify([play('all', script)]), { hosts: [address(0)] });
    await site.begin(run);
    await vi.waitFor(async () => expect(await site.onHost(0, 'running')).toMatch(/\d/), {
      timeout: 60_000,
      interval: 100,
    });
    await site.executor.requestStop(run.id, 'interrupt');
    expect((await site.finished(run.id)).outcome).toBe('canceled');
    // The connection is hung up; the host notices by itself.
    await expect.poll(() => site.aliveOnHost(0, 'running')).toBe(false);
    expect(await site.onHost(0, 'went-on')).toBe('');
  });
});
