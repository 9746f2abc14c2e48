import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { available, Fleet, skipNote } from './fleet.ts';
import { readiness } from './objects.ts';

describe.skipIf(!available.ok)(`what must stay secret${skipNote}`, () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await Fleet.open({ hosts: 1 });
  });
  afterAll(() => fleet.close());

  /** Everything that people and programs can read of the controllers' work, by where it stands. */
  async function published(): Promise<ReadonlyMap<string, string>> {
    const { site } = fleet;
    return new Map([
      ['the tasks', await site.must('get', 'agenttasks', '--output=yaml')],
      ['the events', await site.must('get', 'events.events.k8s.io', '--output=yaml')],
      ['the description', await site.must('describe', 'agenttasks')],
      ['the log of the controllers', site.controllers.log],
      ...(await site.stateFiles()),
    ]);
  }

  async function placesOf(secret: string): Promise<readonly string[]> {
    const forms = [secret, Buffer.from(secret).toString('base64').replace(/=+$/, '').slice(0, -1)];
    return [...(await published())].flatMap(([place, text]) =>
      forms.some((form) => text.includes(form)) ? [place] : [],
    );
  }

  test('what a step with no_log reads and prints is written nowhere, whether it goes well or not', async () => {
    // Made on the host, so that it stands in no spec.
    const steps = `
- shell: tr -dc a-z < /dev/urandom | head -c 32 > {{ folder }}/password
- command: cat {{ folder }}/password
  register: password
  no_log: true
- shell: echo {{ password.stdout }}; echo {{ password.stdout }} >&2
  no_log: true
  failed_when: badly
- shell: echo written by the step after it >> {{ folder }}/after`;
    const well = await fleet.site.finish('secret-well', fleet.spec([0], steps.trim(), { variables: { badly: false } }));
    expect(readiness(well)).toBe('True Succeeded: 1 host: 1 changed');
    const first = await fleet.onHost(0, 'password');
    expect(first).toMatch(/^[a-z]{32}$/);
    expect(await placesOf(first)).toEqual([]);

    const badly = await fleet.site.finish(
      'secret-badly',
      fleet.spec([0], steps.trim(), { variables: { badly: true } }),
    );
    expect(badly.status).toMatchObject({ phase: 'Failed', summary: { failed: 1 } });
    expect(badly.status?.hosts?.[0]?.message).toContain('no_log');
    const second = await fleet.onHost(0, 'password');
    expect(second).not.toBe(first);
    expect(await placesOf(second)).toEqual([]);
  });

  test('the SSH key is in no status, event, log or description, and on no disk once the run has ended', async () => {
    await fleet.site.finish('uses-key', fleet.spec([0], '- shell: sleep 1'));
    await fleet.site.finish('fails-with-key', fleet.spec([0], '- command: /nonexistent'));
    const lines = fleet.hosts.privateKey.split('\n').filter((line) => line.length > 40);
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(await placesOf(line)).toEqual([]);
    expect([...(await fleet.site.stateFiles()).keys()].filter((path) => path.endsWith('ssh_key'))).toEqual([]);
  });

  test('the search of this suite finds what does stand somewhere', async () => {
    await fleet.site.finish('speaks', fleet.spec([0], '- debug: {msg: "a-word-that-is-not-secret"}'));
    expect(await placesOf('a-word-that-is-not-secret')).toContain('the tasks');
    expect((await placesOf('a-word-that-is-not-secret')).some((place) => place.includes('job_events'))).toBe(true);
  });
});
