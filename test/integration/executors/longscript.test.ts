import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { RunStep } from '../../../crds/runlog.ts';
import { Site, available, resultClasses, resultOf, skipNote } from './support.ts';

type Scripts = readonly (string | object)[];

function listed(scripts: Scripts): readonly object[] {
  return scripts.map((script) =>
    typeof script === 'string' ? { action: { module: 'longscript', content: script } } : script,
  );
}

/** Tasks as the REST clients send them: JSON, the module's arguments beside its name. */
function sent(...scripts: Scripts): string {
  return JSON.stringify(listed(scripts));
}

/** The same in a play that gathers no facts, which take longer than anything here. */
function tasks(...scripts: Scripts): string {
  return JSON.stringify([{ hosts: 'all', gather_facts: false, tasks: listed(scripts) }]);
}

/** A task that adds a line to a file on the host. */
function note(line: string): object {
  return { lineinfile: { path: '/srv/fleetwright-host/forms', create: true, line } };
}

/**
 * Shell: whether the process whose id is in the file is alive; those that nobody has waited for are dead all the same.
 */
function alive(file: string): string {
  return `read -r _ _ state _ < "/proc/$(cat /srv/fleetwright-host/${file})/stat" && test "$state" != Z`;
}

describe.skipIf(!available.ok)(`the longscript module on real hosts${skipNote}`, () => {
  let site: Site;
  beforeAll(async () => {
    site = await Site.open();
  });
  afterAll(async () => {
    await site.close();
  });

  async function lastStep(id: string, host: number): Promise<RunStep | undefined> {
    return (await site.executor.steps(id)).findLast((step) => step.host === site.host(host).address);
  }

  test('a stock script in the action form runs with its parameters, by bash whatever its first line says', async () => {
    const script =
      '#!/bin/sh\n# check\nTIMES={{check_times}}\n' +
      'for ((i=0;i<$TIMES;i++));\ndo\n\techo "time $i {{name}}" >> /srv/fleetwright-host/checked\ndone\nexit 0';
    const { state, results } = await site.run(sent(script), {
      variables: { check_times: 3, name: "it's {{ data }}" },
    });
    expect(state.outcome).toBe('successful');
    expect(resultClasses(results)).toEqual(['changed', 'changed', 'changed']);
    expect(await site.onHost(1, 'checked')).toBe(
      "time 0 it's {{ data }}\ntime 1 it's {{ data }}\ntime 2 it's {{ data }}\n",
    );
  });

  test('the other forms in which clients write a task run as well', async () => {
    const register = { register: 'said' };
    const { results } = await site.run(
      sent(
        { action: { args: 'echo {{echo_word}} ', module: 'shell' }, ...register },
        note('{{ said.stdout }} 1'),
        { action: 'shell echo {{echo_word}}', ...register },
        note('{{ said.stdout }} 2'),
        { action: { module: 'shell echo {{echo_word}}' }, ...register },
        note('{{ said.stdout }} 3'),
        { name: 'named', longscript: 'content="echo {{echo_word}}"', ...register },
        note('{{ said.stdout }} 4'),
      ),
      { hosts: [site.host(0).address], variables: { echo_word: 'hello' } },
    );
    expect(resultClasses(results)).toEqual(['changed']);
    expect(await site.onHost(0, 'forms')).toBe('hello 1\nhello 2\nhello 3\nhello 4\n');
  });

  test('the result has output, exit code and times; older arguments are taken; nothing stays on the host', async () => {
    const run = {
      action: {
        module: 'longscript',
        args: {
          content: 'echo out; echo err >&2; dirname "$0" > /srv/fleetwright-host/where; cat',
          remove: true,
          callback_url: 'http://x',
          sync_time: 3,
        },
      },
      register: 'ran',
    };
    const show = {
      copy: {
        dest: '/srv/fleetwright-host/result',
        content:
          '{{ [ran.rc, ran.stdout, ran.stderr, ran.changed, ran.output_truncated, ' +
          'ran.stdout_lines, ran.start is string and ran.end is string and ran.delta is string] | to_json }}',
      },
    };
    const { results } = await site.run(
      tasks(run, show, 'ls -d "$(cat /srv/fleetwright-host/where)" > /srv/fleetwright-host/left; true'),
    );
    expect(resultClasses(results)).toEqual(['changed', 'changed', 'changed']);
    expect(JSON.parse(await site.onHost(0, 'result'))).toEqual([0, 'out', 'err', true, false, ['out'], true]);
    expect(await site.onHost(0, 'where')).toMatch(/^\/.*longscript-/);
    expect(await site.onHost(0, 'left')).toBe('');
  });

  test('a failing script says its exit code and why, in the result of the host and in the log', async () => {
    const { id, results } = await site.run(tasks('echo one; echo "no disk" >&2; exit 7'));
    expect(resultClasses(results)).toEqual(['failed', 'failed', 'failed']);
    expect(resultOf(results, site.host(0)).message).toBe(
      'Task "longscript": the script ended with exit code 7: no disk',
    );
    expect(await lastStep(id, 0)).toMatchObject({
      action: 'longscript',
      result: 'failed',
      message: 'the script ended with exit code 7: no disk',
    });
  });

  test('a script longer than an event may be, with more output than may be kept, still tells its failure', async () => {
    const noisy =
      `${'# a remark that makes it long\n'.repeat(5000)}head -c 3000000 /dev/zero | tr '\\0' x; ` +
      'echo; echo the end; exit 3';
    const { id, results } = await site.run(tasks(noisy), { hosts: [site.host(0).address] });
    expect(resultOf(results, site.host(0)).message).toMatch(
      /^Task "longscript": the script ended with exit code 3: x+/,
    );
    expect((await lastStep(id, 0))?.message).toMatch(/the end$/);
  });

  test('of a long output the end is kept, and the result says that it is', async () => {
    const show = {
      copy: {
        dest: '/srv/fleetwright-host/kept',
        content: '{{ [ran.stdout | length, ran.output_truncated, ran.stdout[-3:]] | to_json }}',
      },
    };
    const run = {
      action: { module: 'longscript', content: "head -c 3000000 /dev/zero | tr '\\0' x; echo END" },
      register: 'ran',
    };
    await site.run(tasks(run, show), { hosts: [site.host(0).address] });
    expect(JSON.parse(await site.onHost(0, 'kept'))).toEqual([262_143, true, 'END']);
  });

  test('a script that takes longer than its timeout is ended with all that it started', async () => {
    const script = {
      longscript: {
        content:
          'trap "" TERM; echo begun; sleep 4321 & echo $! > /srv/fleetwright-host/sleeper; wait; wait; sleep 4321',
        timeout: 1,
      },
    };
    const { results } = await site.run(tasks(script), { hosts: [site.host(0).address] });
    expect(resultOf(results, site.host(0)).message).toBe(
      'Task "longscript": the script was ended after 1 s (exit code 124): begun',
    );
    const check = await site.run(tasks(alive('sleeper')), { hosts: [site.host(0).address] });
    expect(resultClasses(check.results)).toEqual(['failed']);
  });

  test('what a script leaves in the background is not waited for', async () => {
    const { results } = await site.run(tasks('sleep 4322 & echo $! > /srv/fleetwright-host/left-behind'), {
      hosts: [site.host(0).address],
    });
    expect(resultClasses(results)).toEqual(['changed']);
    const check = await site.run(tasks('kill "$(cat /srv/fleetwright-host/left-behind)"'), {
      hosts: [site.host(0).address],
    });
    expect(resultClasses(check.results)).toEqual(['changed']);
  });

  test('a stopped run ends the script on the host, not only the connection', async () => {
    const run = site.spec(
      tasks('echo $$ > /srv/fleetwright-host/running; sleep 4323; echo went on > /srv/fleetwright-host/went-on'),
      { hosts: [site.host(0).address] },
    );
    await site.begin(run);
    await vi.waitFor(async () => expect(await site.onHost(0, 'running')).toMatch(/\d/), {
      timeout: 60_000,
      interval: 100,
    });
    await site.executor.requestStop(run.id, 'interrupt');
    expect((await site.finished(run.id)).outcome).toBe('canceled');
    // The connection is hung up; the host notices by itself.
    const gone = `for i in $(seq 100); do ${alive('running')} || exit 0; sleep 0.1; done 2>/dev/null; exit 1`;
    expect(resultClasses((await site.run(tasks(gone), { hosts: [site.host(0).address] })).results)).toEqual([
      'changed',
    ]);
    expect(await site.onHost(0, 'went-on')).toBe('');
  });

  test('in check mode nothing runs', async () => {
    const { id, results } = await site.run(
      tasks({ longscript: { content: 'touch /srv/fleetwright-host/checked-mode' }, check_mode: true }),
      { hosts: [site.host(0).address] },
    );
    expect(resultClasses(results)).toEqual(['skipped']);
    expect(await lastStep(id, 0)).toMatchObject({ action: 'longscript', result: 'skipped' });
    expect(await site.onHost(0, 'checked-mode')).toBe('');
  });

  test('under no_log neither the script nor its output is in the log', async () => {
    const { id } = await site.run(tasks({ longscript: { content: 'echo s3cret-of-script; exit 1' }, no_log: true }), {
      hosts: [site.host(0).address],
    });
    const step = await lastStep(id, 0);
    expect(step).toMatchObject({ result: 'failed' });
    expect(step).not.toHaveProperty('message');
  });

  test('missing content and a bad timeout are refused by name', async () => {
    const { results } = await site.run(tasks({ action: { module: 'longscript' } }), { hosts: [site.host(0).address] });
    expect(results.hosts[0]?.message).toMatch(/missing required arguments: content/);
    const second = await site.run(tasks({ longscript: { content: 'true', timeout: 0 } }), {
      hosts: [site.host(0).address],
    });
    expect(second.results.hosts[0]?.message).toMatch(/timeout must be at least 1 second/);
  });
});
