import { describe, expect, test } from 'vitest';

import { DispatchError } from '../../../../apiserver/dispatch/errors.ts';
import type { CheckBody, RunBody } from '../../../../apiserver/dispatch/schemas.ts';
import { callerOf, draftOf, queryOf } from '../../../../apiserver/dispatch/translate.ts';

const caller = { correlationID: '1-1', source: 'orion' };
const body: RunBody = { name: 'task 1', nodes: ['192.0.2.1'], tasks: '- ping:' };

function draft(change: Partial<RunBody> = {}, credentialsSecret?: string): ReturnType<typeof draftOf> {
  return draftOf({ ...body, ...change }, caller, { namespace: 'ops', credentialsSecret });
}

function problem(change: Partial<RunBody>): string {
  try {
    draft(change);
  } catch (error) {
    if (error instanceof DispatchError) return `${error.httpStatus} ${error.message}`;
    throw error;
  }
  return 'none';
}

describe('a run', () => {
  test('with what is required only becomes a task of root', () => {
    expect(draft()).toEqual({
      apiVersion: 'fleetwright.io/v1alpha1',
      kind: 'AgentTask',
      metadata: {
        namespace: 'ops',
        // The first 32 digits of `printf 'task 1' | sha256sum`.
        name: 'run-9c70423078253913200a3450779974e8',
        annotations: { 'fleetwright.io/dispatch-name': 'task 1' },
      },
      spec: { hosts: ['192.0.2.1'], content: '- ping:', user: 'root', correlationID: '1-1', source: 'orion' },
    });
  });

  test('takes the sample of the document', () => {
    const { spec } = draft({ nodes: ['192.201.11.31'], user: 'root', name: '192.201.11.31_install_nginx_1501169594802406967', tasks: null, content: '- ping:', params: '{"a":1}', fork_num: 5 });
    expect(spec).toMatchObject({ content: '- ping:', variables: { a: 1 }, forks: 5 });
  });

  test('names the Secret with the key when the operator chose one', () => {
    expect(draft({}, 'ssh-key').spec.credentialsSecretRef).toEqual({ name: 'ssh-key' });
  });

  test.each<[Partial<RunBody>, object]>([
    [{ user: ' deploy ' }, { user: 'deploy' }],
    [{ user: '' }, { user: 'root' }],
    [{ user: null }, { user: 'root' }],
    [{ fork_num: '12' }, { forks: 12 }],
    [{ fork_num: 0 }, { forks: 0 }],
    [{ params: { a: { b: [null] } } }, { variables: { a: { b: [null] } } }],
    [{ params: ' {"a": "{{ b }}"} ' }, { variables: { a: '{{ b }}' } }],
    [{ tasks: [{ name: 'a', action: { module: 'ping' } }] }, { content: '- name: "a"\n  action:\n    module: "ping"\n' }],
    [{ tasks: null, content: [{ ping: null }] }, { content: '- ping: null\n' }],
    [{ nodes: ['web-1', '2001:db8::1'] }, { hosts: ['web-1', '2001:db8::1'] }],
  ])('with %j has the spec %j', (change, expected) => {
    expect(draft(change).spec).toMatchObject(expected);
  });

  test.each<Partial<RunBody>>([{ fork_num: '' }, { fork_num: null }, { fork_num: ' ' }])('with %j leaves the number of forks to its default', (change) => {
    expect(draft(change).spec).not.toHaveProperty('forks');
  });

  test.each<Partial<RunBody>>([{ params: '' }, { params: null }, { params: ' \n' }])('with %j sets no variables', (change) => {
    expect(draft(change).spec).not.toHaveProperty('variables');
  });

  test.each<[string, Partial<RunBody>, RegExp]>([
    ['no name', { name: '' }, /^400 param error, error: name: is empty/],
    ['a blank name', { name: '  ' }, /^400 .*name: is empty/],
    ['a name of 300 characters', { name: 'n'.repeat(300) }, /^400 .*name: is longer than 255 characters/],
    ['a name of 4 million characters', { name: 'n'.repeat(4_000_000) }, /^400 .*name: is longer/],
    ['a name with a newline', { name: 'a\nb' }, /^400 .*name: holds a line break/],
    ['a name with a line separator', { name: 'a\u2028b' }, /^400 .*name: holds a line break/],
    ['a name with half a character', { name: 'a\uD800' }, /^400 .*name: holds/],
    ['neither tasks nor content', { tasks: '', content: null }, /^400 .*one of tasks and content is required/],
    ['both tasks and content', { content: '- ping:' }, /^400 .*tasks and content are two names/],
    ['blank tasks', { tasks: ' \n' }, /^400 .*tasks: is blank/],
    ['an empty list of tasks', { tasks: [] }, /^400 .*tasks: the list is empty/],
    ['content of 2 MiB', { tasks: null, content: 'x'.repeat(2 * 1024 * 1024) }, /^413 .*content: is larger than 512 KiB/],
    ['content that is too large in bytes only', { tasks: 'ü'.repeat(300_000) }, /^413 .*tasks: is larger than 512 KiB/],
    ['a list of tasks that is too large', { tasks: [{ a: 'x'.repeat(600_000) }] }, /^413 .*tasks: is larger than 512 KiB/],
    ['a list of tasks that is too large as YAML only', { tasks: [{ a: Array.from({ length: 100_000 }, () => 1) }] }, /^413 .*tasks: is larger than 512 KiB/],
    ['params that are no JSON', { params: '{任务参数}' }, /^400 .*params: the text is not JSON/],
    ['params that are a list', { params: '[1]' }, /^400 .*params: is not an object/],
    ['params that are null as text', { params: 'null' }, /^400 .*params: is not an object/],
    ['params of 300 KiB', { params: { a: 'x'.repeat(300 * 1024) } }, /^413 .*params: are larger than 256 KiB/],
    ['params with a name that is none', { params: { 'a b': 1 } }, /^400 .*params: "a b" cannot be the name of a variable/],
    ['params that are too deep', { params: `{"a":${'['.repeat(100)}${']'.repeat(100)}}` }, /^400 .*params: nested deeper/],
    ['forks in words', { fork_num: 'many' }, /^400 .*fork_num: is not a number: send a whole number from 1 to 500/],
    ['forks with a fraction', { fork_num: '1.5' }, /^400 .*fork_num: is not a number/],
    ['forks beyond all bounds', { fork_num: 1e300 }, /^400 .*fork_num: is out of range/],
  ])('with %s is refused', (_, change, expected) => {
    expect(problem(change)).toMatch(expected);
  });

  test('may have a name of 255 characters of any kind, blanks, dots and colons included', () => {
    for (const name of ['😀'.repeat(255), '192.0.2.1 install nginx: 1', '部署']) expect(draft({ name }).metadata.annotations).toEqual({ 'fleetwright.io/dispatch-name': name });
  });

  test('has a name of its own for each name, and always the same one', () => {
    const names = ['a', 'A', 'a ', ' a', 'b', 'é', 'e\u0301'].map((name) => draft({ name }).metadata.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.every((name) => /^run-[0-9a-f]{32}$/.test(name))).toBe(true);
    expect(draft({ name: 'a' }).metadata.name).toBe(names[0]);
  });
});

describe('the caller', () => {
  test.each([
    [{ 'x-correlation-id': '1-1', 'x-resource': 'orion' }, 'orion'],
    [{ 'x-correlation-id': '1-1', 'x-source': 'hubble' }, 'hubble'],
    [{ 'x-correlation-id': ' 1-1 ', 'x-resource': '', 'x-source': 'hubble' }, 'hubble'],
    [{ 'x-correlation-id': '1-1', 'x-resource': 'orion', 'x-source': 'hubble' }, 'orion'],
  ])('is known by the headers %j', (headers, source) => {
    expect(callerOf(headers)).toEqual({ correlationID: '1-1', source });
  });

  test.each([
    [{}, 'X-CORRELATION-ID'],
    [{ 'x-resource': 'orion' }, 'X-CORRELATION-ID'],
    [{ 'x-correlation-id': ' ', 'x-resource': 'orion' }, 'X-CORRELATION-ID'],
    [{ 'x-correlation-id': '1-1' }, 'X-RESOURCE'],
  ])('with the headers %j is told to send %s', (headers, missing) => {
    expect(() => callerOf(headers)).toThrow(`param error, error: ${missing}: this header`);
  });
});

describe('a check', () => {
  test.each<[CheckBody, object]>([
    [{ id: 7 }, { id: 7 }],
    [{ id: '7' }, { id: 7 }],
    [{ name: 'task 1' }, { name: 'task 1' }],
    [{ id: 7, name: 'task 1' }, { id: 7 }],
    [{ id: null, name: 'task 1' }, { name: 'task 1' }],
    [{ id: '', name: 'task 1' }, { name: 'task 1' }],
    [{ id: 0 }, { id: 0 }],
  ])('with %j asks for %j', (given, expected) => {
    expect(queryOf(given)).toEqual(expected);
  });

  test.each<[CheckBody, string]>([
    [{}, 'id: one of id and name is required'],
    [{ id: null, name: '' }, 'id: one of id and name is required'],
    [{ id: 'seven' }, 'id: is not a number'],
    [{ name: 'a\nb' }, 'name: holds a line break'],
  ])('with %j is refused: %s', (given, expected) => {
    expect(() => queryOf(given)).toThrow(`param error, error: ${expected}`);
  });
});
