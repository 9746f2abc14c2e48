import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AgentTask } from '../../../crds/types/agenttask.ts';
import { available, Fleet, skipNote } from './fleet.ts';
import { readiness } from './objects.ts';

const word = 'a-word-that-is-not-secret';

/** The password is made on the host, so that it stands in no spec. */
const steps = `
- debug: {msg: "{{ word }}"}
- raw: tr -dc a-z < /dev/urandom | head -c 32 > {{ folder }}/{{ file }}
- command: cat {{ folder }}/{{ file }}
  register: password
  no_log: true
- shell: echo {{ password.stdout }}; echo {{ password.stdout }} >&2
  no_log: true
  failed_when: file == 'badly'
- raw: echo written by the step after it >> {{ folder }}/after`.trim();

describe.skipIf(!available.ok)(`what must stay secret${skipNote}`, () => {
  let fleet: Fleet;
  /** Of two tasks with the key, the one that went well, and the one that failed. */
  let well: AgentTask;
  let badly: AgentTask;
  beforeAll(async () => {
    fleet = await Fleet.open({ hosts: 1 });
    const finish = (file: string): Promise<AgentTask> =>
      fleet.site.finish(`secret-${file}`, fleet.spec([0], steps, { variables: { word, file } }));
    [well, badly] = await Promise.all([finish('well'), finish('badly')]);
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
    expect(readiness(well)).toBe('True Succeeded: 1 host: 1 changed');
    expect(badly.status).toMatchObject({ phase: 'Failed', summary: { failed: 1 } });
    expect(badly.status?.hosts?.[0]?.message).toContain('no_log');
    for (const name of ['well', 'badly']) {
      const password = await fleet.onHost(0, name);
      expect(password).toMatch(/^[a-z]{32}$/);
      expect(await placesOf(password)).toEqual([]);
    }
  });

  test('the SSH key is in no status, event, log or description, and on no disk once the run has ended', async () => {
    const lines = fleet.hosts.privateKey.split('\n').filter((line) => line.length > 40);
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(await placesOf(line)).toEqual([]);
    expect([...(await fleet.site.stateFiles()).keys()].filter((path) => path.endsWith('ssh_key'))).toEqual([]);
  });

  test('the search of this suite finds what does stand somewhere', async () => {
    expect(await placesOf(word)).toContain('the tasks');
    expect((await placesOf(word)).some((place) => place.includes('job_events'))).toBe(true);
  });
});
