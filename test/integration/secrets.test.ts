import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { secrets } from '../../kube/builtin.ts';
import { hostsAvailable } from '../hosts/available.ts';
import { startHosts, type TestHosts } from '../hosts/hosts.ts';
import { token } from './apiserver/process.ts';
import { findIn, placesOf } from './secrets-places.ts';
import { Caller } from './stack/caller.ts';
import { Stack } from './stack/stack.ts';

const available = await hostsAvailable();
const word = (of: string): string => `${of}-${randomBytes(18).toString('hex')}`;

/** Each at a place where it has to be, and nowhere else. */
const wrongToken = word('wrong-token');
const inFile = word('read-under-no-log');
const inVariable = word('variable-under-no-log');
const inSecret = word('further-key-of-the-secret');
/** No secret: to be found wherever such things can stand. */
const planted = word('planted');

/** The same secrets in a step that goes well and, with `fail`, in one that does not. */
const content = `- hosts: all
  gather_facts: false
  tasks:
    - name: take what the variable holds
      shell: "echo {{ password }}; echo {{ password }} >&2; exit {{ code }}"
      no_log: true
      ignore_errors: true
    - name: take what the machine of the controllers holds
      shell: "cat {{ file }}; exit {{ code }}"
      delegate_to: localhost
      register: taken
      no_log: true
      ignore_errors: true
    - name: hand it on
      shell: "echo {{ taken.stdout }} >&2; exit {{ code }}"
      no_log: true
      ignore_errors: "{{ end_well }}"
`;
const fails =
  '- hosts: all\n  gather_facts: false\n  tasks:\n' +
  `    - name: ${planted}\n      shell: "echo ${planted}-last >&2; exit 3"\n`;

describe.skipIf(!available.ok)(`what must stay secret${available.ok ? '' : ` (skipped: ${available.reason})`}`, () => {
  let hosts: TestHosts;
  let stack: Stack;
  let folder: string;
  const answers: string[] = [];

  /** Posts, and keeps what was answered among the places. */
  async function say(path: string, body: object | string, headers?: readonly string[]): Promise<unknown> {
    const call = { correlation: planted, source: 'scan', ...(headers === undefined ? {} : { headers }) };
    const answer = await new Caller(stack.facade.url).post(path, body, call);
    answers.push(answer.text);
    return answer.body;
  }

  /** Posts a task and waits for its end, which must have this status. */
  async function finish(status: number, name: string, body: object): Promise<void> {
    await say('/api/run', { name, nodes: hosts.hosts.map(({ address }) => address), ...body });
    const look = async (): Promise<void> => {
      const answer = await say('/api/check', { name });
      if ((answer as { readonly content?: { readonly status?: number } }).content?.status !== status)
        throw new Error(`not at status ${status}: ${JSON.stringify(answer)}`);
    };
    await vi.waitFor(look, { timeout: 110_000, interval: 500 });
  }

  /** What the history knows is what was seen of all tasks, with their ends. */
  async function recorded(): Promise<void> {
    if (
      findIn(new Map([['here', (await placesOf(stack)).get('tables of the history') ?? '']]), `${planted}-last`)
        .length === 0
    )
      throw new Error('the last task is not in the history yet');
  }

  const places = async (): Promise<ReadonlyMap<string, string>> =>
    new Map([...(await placesOf(stack)), ['answers of the API', answers.join('\n')]]);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fleetwright-secrets-'));
    await writeFile(join(folder, 'held'), inFile);
    hosts = await startHosts({ count: 1 });
    stack = await Stack.open({ facade: { FLEETWRIGHT_DISPATCH_CREDENTIALS_SECRET: 'fleet-ssh' } });
    const keys = { 'ssh-privatekey': hosts.privateKey, known_hosts: hosts.knownHosts, 'further-key': inSecret };
    const data = Object.fromEntries(
      Object.entries(keys).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
    );
    await stack.client.create(secrets, { metadata: { namespace: stack.namespace, name: 'fleet-ssh' }, data });

    const variables = { password: inVariable, file: join(folder, 'held') };
    await finish(2, 'goes well', { content, params: { ...variables, code: 0, end_well: true } });
    await finish(3, 'goes badly', { content, params: { ...variables, code: 1, end_well: false } });
    // Content that cannot be used, calls that are refused, and a caller who is not let in.
    await finish(3, 'no content', { content: `- shell: {{ password }}\n  no_log: true`, params: variables });
    await say('/api/run', {
      name: 'goes well',
      nodes: ['x'],
      content: 'x',
      params: { ...variables, 'not a name': inVariable },
    });
    await say('/api/run', `{"name": "broken", "params": {"password": "${inVariable}"`);
    await say('/api/check', { id: 1 }, [
      'X-CORRELATION-ID: 1-1',
      'X-RESOURCE: scan',
      `Authorization: Bearer ${wrongToken}`,
    ]);
    await say('/api/check', { id: 1 }, [
      'X-CORRELATION-ID: 1-1',
      'X-RESOURCE: scan',
      `Authorization: Basic ${wrongToken}`,
    ]);
    for (const host of [undefined, hosts.hosts[0]?.address]) await say('/api/getlog', { source: 'scan', host });
    await finish(3, 'says why', { content: fails });
    await vi.waitFor(recorded, { timeout: 60_000, interval: 500 });
  }, 300_000);

  afterAll(async () => {
    await stack.close();
    await hosts.stop();
    await rm(folder, { recursive: true });
  });

  test.each([
    ["a caller's token", token],
    ['a token that is not valid', wrongToken],
    ['what a step reads under no_log', inFile],
    ['a variable that is used under no_log', inVariable],
    ['a further key of the Secret', inSecret],
  ])('%s is in no log, status, event, ConfigMap, history or answer', async (_, secret) => {
    expect(findIn(await places(), secret)).toEqual([]);
  });

  test('the SSH key neither', async () => {
    const lines = hosts.privateKey.split('\n').filter((line) => line.length > 40);
    expect(lines.length).toBeGreaterThan(2);
    const all = await places();
    expect(lines.flatMap((line) => findIn(all, line))).toEqual([]);
  });

  test('the search finds what does stand somewhere, in each kind of place', async () => {
    const all = await places();
    expect(findIn(all, planted)).toEqual(
      expect.arrayContaining([
        'log of the facade',
        'metadata and status of tasks',
        'run logs',
        'tables of the history',
        'answers of the API',
      ]),
    );
    expect(findIn(all, planted).some((place) => place.startsWith('bytes of '))).toBe(true);
    for (const [place, mark] of [
      ['log of the controllers', 'fleetwright-controllers'],
      ['log of the recorder', 'fleetwright-'],
      ['events', 'Succeeded'],
      ['leases', 'holderIdentity'],
      ['ConfigMaps', 'binaryData'],
      ['metrics of the facade', 'fleetwright_http_requests_total'],
    ] as const) {
      expect(findIn(new Map([[place, all.get(place) ?? '']]), mark)).toEqual([place]);
    }
  });

  test('the search finds base64, wherever in a group of three bytes it begins', () => {
    for (const before of ['', 'a', 'ab', 'abc']) {
      expect(
        findIn(new Map([['here', Buffer.from(`${before}${planted} and more`).toString('base64')]]), planted),
      ).toEqual(['here']);
    }
  });
});
