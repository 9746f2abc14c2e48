import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { makeKeyPair } from '../../hosts/files.ts';
import { play } from '../../hosts/play.ts';
import { available, Fleet, skipNote } from './fleet.ts';
import { hostResults, job, readiness } from './objects.ts';

// The tests share three hosts, so their tasks claim none, but for those that are about claims.
const shared = true;

describe.skipIf(!available.ok).concurrent(`what becomes of tasks on SSH hosts${skipNote}`, () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await Fleet.open({ hosts: 4 });
    // Three hosts to work with; the fourth is there, with a key and an address, but nobody reaches it.
    await fleet.host(3).stop();
  });
  afterAll(() => fleet.close());

  test('a task that goes well on all three hosts has succeeded, and each host ran it once', async () => {
    const spec = fleet.spec([0, 1, 2], '- raw: hostname >> {{ folder }}/well');
    const ended = await fleet.site.finish('well', spec);
    const { status } = ended;
    expect(status).toMatchObject({
      phase: 'Succeeded',
      attempts: 1,
      observedGeneration: ended.metadata.generation,
      summary: { total: 3, changed: 3, ok: 0, failed: 0, unreachable: 0, skipped: 0, notRun: 0 },
      run: { executor: 'local' },
    });
    expect(status?.hosts).toEqual(
      fleet.addresses(0, 1, 2).map((name) => ({
        name,
        result: 'changed',
        counts: { ok: 1, changed: 1, failed: 0, skipped: 0, unreachable: 0 },
      })),
    );
    expect(readiness(ended)).toBe('True Succeeded: 3 hosts: 3 changed');
    for (const index of [0, 1, 2]) expect(await fleet.onHost(index, 'well')).toBe(`${fleet.host(index).name}\n`);
    // In the pass after the one that says so.
    await vi.waitFor(async () => expect(await fleet.site.claims()).not.toContain(fleet.host(0).address), {
      timeout: 60_000,
      interval: 100,
    });
  });

  test('a task that fails on one host and does not reach another has partly succeeded, and says why', async () => {
    const steps =
      '- name: Only where nothing is wrong\n  shell: echo no room >&2; exit 3\n' +
      '  when: inventory_hostname == bad\n- raw: echo done >> {{ folder }}/partly';
    const ended = await fleet.site.finish(
      'partly',
      fleet.spec([0, 1, 3, 2], steps, { shared, variables: { bad: fleet.host(1).address } }),
    );
    const [first, second, away, third] = fleet.addresses(0, 1, 3, 2);
    expect(ended.status).toMatchObject({
      phase: 'PartlySucceeded',
      summary: { changed: 2, failed: 1, unreachable: 1 },
    });
    expect(hostResults(ended)).toEqual([
      `${first} changed`,
      `${second} failed`,
      `${away} unreachable`,
      `${third} changed`,
    ]);
    expect(ended.status?.hosts?.[1]?.message).toMatch(/^Task "Only where nothing is wrong": .*exit code 3.*no room/);
    expect(ended.status?.hosts?.[2]?.message).toMatch(/timed out|No route to host/i);
    expect(readiness(ended)).toBe(
      `False HostsFailed: 4 hosts: 2 changed, 1 failed, 1 unreachable; see status.hosts for ${second}, ${away}`,
    );
    expect(await fleet.onHost(1, 'partly')).toBe('');
    expect(await fleet.onHost(2, 'partly')).toBe('done\n');
  });

  test('a key that the host does not know makes it unreachable, and the message says so', async () => {
    const stranger = await makeKeyPair(fleet.site.stateFolder, 'stranger');
    await fleet.makeSecret('stranger-ssh', {
      'ssh-privatekey': stranger.privateKey,
      known_hosts: fleet.hosts.knownHosts,
    });
    const ended = await fleet.site.finish(
      'wrong-key',
      fleet.spec([0], '- raw: id', { shared, credentialsSecretRef: { name: 'stranger-ssh' } }),
    );
    expect(ended.status).toMatchObject({ phase: 'Failed', summary: { unreachable: 1 } });
    expect(ended.status?.hosts?.[0]?.message).toContain('Permission denied (publickey');
  });

  test('a host whose own key is not among the known hosts is not trusted', async () => {
    await fleet.makeSecret('no-known-hosts', { 'ssh-privatekey': fleet.hosts.privateKey });
    const steps = '- raw: echo in >> {{ folder }}/untrusted';
    const ended = await fleet.site.finish(
      'untrusted',
      fleet.spec([0], steps, { shared, credentialsSecretRef: { name: 'no-known-hosts' } }),
    );
    expect(ended.status).toMatchObject({ phase: 'Failed', summary: { unreachable: 1 } });
    expect(ended.status?.hosts?.[0]?.message).toMatch(/key is not known; add it to known_hosts in the Secret/);
    expect(await fleet.onHost(0, 'untrusted')).toBe('');

    const trusting = { shared, credentialsSecretRef: { name: 'no-known-hosts' }, hostKeyChecking: 'Disabled' } as const;
    expect((await fleet.site.finish('trusting', fleet.spec([0], steps, trusting))).status?.phase).toBe('Succeeded');
    expect(await fleet.onHost(0, 'untrusted')).toBe('in\n');
  });

  test('become runs the content as another user than the one who logs in', async () => {
    const steps = '- raw: id -un > /root/who';
    const refused = await fleet.site.finish('as-deploy', fleet.spec([0], steps, { shared }));
    expect(refused.status).toMatchObject({ phase: 'Failed', summary: { failed: 1 } });
    const ended = await fleet.site.finish('as-root', fleet.spec([0], steps, { shared, become: {} }));
    expect(ended.status?.phase).toBe('Succeeded');
    expect(await fleet.hosts.fileOnHost(fleet.host(0), '/root/who')).toBe('root\n');
  });

  test('a module changes a file on the host that needs it, and has nothing to do on the other', async () => {
    await fleet.writeOnHost(1, 'limits', 'nofile = 1024\n');
    await fleet.writeOnHost(2, 'limits', 'nofile = 4096\n');
    const steps = '- lineinfile: {path: "{{ folder }}/limits", line: "nofile = {{ files }}", regexp: "^nofile"}';
    const ended = await fleet.site.finish(
      'limits',
      fleet.spec([1, 2], steps, { shared, become: {}, variables: { files: 4096 } }),
    );
    const [first, second] = fleet.addresses(1, 2);
    expect(hostResults(ended)).toEqual([`${first} changed`, `${second} ok`]);
    expect(await fleet.onHost(1, 'limits')).toBe('nofile = 4096\n');
  });

  test('a task that outlasts its timeout has failed, with the results so far and nothing left running', async () => {
    const steps = '- raw: echo begun >> {{ folder }}/late\n- name: Hang\n  raw: sleep 600';
    const ended = await fleet.site.finish('late', fleet.spec([0, 1], steps, { shared, timeoutSeconds: 30 }));
    expect(readiness(ended)).toMatch(/^False TimedOut: the run took longer than timeoutSeconds/);
    expect(ended.status).toMatchObject({ phase: 'Failed', summary: { total: 2, failed: 2 } });
    expect(ended.status?.hosts?.[0]?.message).toContain('Hang');
    await fleet.quiet(ended);
    expect(await fleet.onHost(0, 'late')).toBe('begun\n');
  });

  test("an AgentJob lends its content and defaults, and the task's own variables win name by name", async () => {
    const content = play('- raw: echo "{{ greeting }} {{ place.name }} {{ count }} $(id -un)" > {{ folder }}/from-job');
    const variables = { greeting: 'hello', place: { name: 'world', size: 3 }, count: 1 };
    await fleet.site.mustCreate(job('greet', { content, user: 'deploy', variables, become: {} }));
    const {
      user: _user,
      content: _content,
      ...spec
    } = fleet.spec([2], '', { shared, jobRef: { name: 'greet' }, variables: { place: { name: 'fleet' }, count: 2 } });
    expect((await fleet.site.finish('greeting', spec)).status?.phase).toBe('Succeeded');
    expect(await fleet.onHost(2, 'from-job')).toBe('hello fleet 2 root\n');
  });

  test('text stays text, numbers stay numbers, and a template reaches the host as it was written', async () => {
    const literals = [
      '{{ lookup("pipe", "id") }} $(id) `id`',
      '{% if true %}yes{% endif %} {# gone #}',
      // Templates may also say themselves by what they are to be known.
      `#jinja2: variable_start_string:'[%', variable_end_string:'%]'\n[% lookup('pipe', 'id') %]`,
    ];
    const values = [
      '1.10',
      '007',
      'yes',
      'true',
      'null',
      '',
      '~',
      '2026-01-02',
      '1e3',
      '0x10',
      '=',
      '- a',
      '{a: 1}',
      'é\n',
      1.5,
      7,
      true,
      false,
      null,
      [1, '1'],
      { a: '1' },
    ];
    const steps = `
- copy: {dest: "{{ folder }}/values", content: "{{ values | to_json }}"}
- raw: printf %s {{ item | quote }} > {{ folder }}/literal-{{ index }}
  loop: "{{ literals }}"
  loop_control: {index_var: index}`;
    const spec = fleet.spec([2], steps.trim(), { shared, variables: { values, literals } });
    expect((await fleet.site.finish('values', spec)).status?.phase).toBe('Succeeded');
    expect(JSON.parse(await fleet.onHost(2, 'values'))).toEqual(values);
    expect(await Promise.all(literals.map((_, index) => fleet.onHost(2, `literal-${index}`)))).toEqual(literals);
  });

  test('a playbook of several plays may touch some hosts only, and the rest count as skipped or not run', async () => {
    const on = (index: number, steps: string): string =>
      play(steps).replace('hosts: all', `hosts: "${fleet.host(index).address}"`);
    const content = on(0, '- raw: "true"') + on(1, '- raw: "true"\n  when: false');
    const ended = await fleet.site.finish('some', fleet.spec([0, 1, 2], '', { shared, content }));
    const [first, second, third] = fleet.addresses(0, 1, 2);
    expect(ended.status?.phase).toBe('Succeeded');
    expect(hostResults(ended)).toEqual([`${first} changed`, `${second} skipped`, `${third} notRun`]);
  });
});
