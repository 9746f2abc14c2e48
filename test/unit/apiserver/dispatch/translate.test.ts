import { describe, expect, test } from 'vitest';

import { DispatchError } from '../../../../apiserver/dispatch/errors.ts';
import type { RunBody } from '../../../../apiserver/dispatch/body.ts';
import { originOf } from '../../../../apiserver/dispatch/origin.ts';
import { draftOf, type TaskDefaults } from '../../../../apiserver/dispatch/translate.ts';

const request = {
  origin: { correlationID: '1-1', source: 'orion' },
  user: 'alice',
  requestId: 'request-1',
  split: false,
};
const body: RunBody = { name: 'task 1', nodes: ['192.0.2.1'], tasks: '- ping:' };

function draft(change: Partial<RunBody> = {}, defaults: Partial<TaskDefaults> = {}): ReturnType<typeof draftOf> {
  return draftOf({ ...request, body: { ...body, ...change } }, { namespace: 'ops', ...defaults });
}

function problem(change: Partial<RunBody>): string {
  try {
    draft(change);
  } catch (error) {
    if (error instanceof DispatchError) return `${error.code} ${error.message}`;
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
        annotations: {
          'fleetwright.io/dispatch-name': 'task 1',
          'fleetwright.io/requested-by': 'alice',
          'fleetwright.io/request-id': 'request-1',
        },
      },
      spec: { hosts: ['192.0.2.1'], content: '- ping:', user: 'root', correlationID: '1-1', source: 'orion' },
    });
  });

  test('takes the sample of the document', () => {
    const { spec } = draft({
      nodes: ['192.201.11.31'],
      user: 'root',
      name: '192.201.11.31_install_nginx_1501169594802406967',
      tasks: null,
      content: '- ping:',
      params: '{"a":1}',
      fork_num: 5,
    });
    expect(spec).toMatchObject({ content: '- ping:', variables: { a: 1 }, forks: 5 });
  });

  test('is split by host and deleted some time after its end when that is asked for', () => {
    const task = draftOf({ ...request, body, split: true }, { namespace: 'ops', ttlSeconds: 60 });
    expect(task.spec).toMatchObject({ splitBy: 'Host', ttlSecondsAfterFinished: 60 });
    expect(draft().spec).not.toHaveProperty('splitBy');
  });

  test('runs as long as the operator decided when its caller does not say', () => {
    expect(draft({}, { timeoutSeconds: 600 }).spec.timeoutSeconds).toBe(600);
    expect(draft({ timeoutSeconds: null }, { timeoutSeconds: 600 }).spec.timeoutSeconds).toBe(600);
    expect(draft({ timeoutSeconds: 60 }, { timeoutSeconds: 600 }).spec.timeoutSeconds).toBe(60);
    expect(draft().spec).not.toHaveProperty('timeoutSeconds');
  });

  test('names the Secret with the key when the operator chose one', () => {
    expect(draft({}, { credentialsSecret: 'ssh-key' }).spec.credentialsSecretRef).toEqual({ name: 'ssh-key' });
  });

  test.each<[Partial<RunBody>, object]>([
    [{ user: ' deploy ' }, { user: 'deploy' }],
    [{ user: '' }, { user: 'root' }],
    [{ user: null }, { user: 'root' }],
    [{ fork_num: '12' }, { forks: 12 }],
    [{ fork_num: 0 }, { forks: 0 }],
    [{ timeoutSeconds: '90' }, { timeoutSeconds: 90 }],
    [{ timeoutSeconds: 604_800 }, { timeoutSeconds: 604_800 }],
    [
      { params: { ansible_port: 2222, ansible_python_interpreter: '/usr/bin/python3' } },
      { variables: { ansible_port: 2222 } },
    ],
    [{ params: { a: { b: [null] } } }, { variables: { a: { b: [null] } } }],
    [{ params: ' {"a": "{{ b }}"} ' }, { variables: { a: '{{ b }}' } }],
    [{ tasks: [{ name: 'a', action: { module: 'ping' } }] }, { content: '- name: "a"\n  ping: {}\n' }],
    [
      { tasks: [{ action: { module: 'shell', args: 'echo {{name}}' } }], tasktype: 'ansible_task' },
      { content: '- shell: "echo {{name}}"\n' },
    ],
    [
      { tasks: ['init', 'hubble-nginx'], tasktype: 'ansible_role' },
      { content: '- hosts: "all"\n  gather_facts: true\n  roles:\n    - "init"\n    - "hubble-nginx"\n' },
    ],
    [{ tasks: null, content: [{ ping: null }] }, { content: '- ping: null\n' }],
    [{ nodes: ['web-1', '2001:db8::1'] }, { hosts: ['web-1', '2001:db8::1'] }],
  ])('with %j has the spec %j', (change, expected) => {
    expect(draft(change).spec).toMatchObject(expected);
  });

  test.each<Partial<RunBody>>([{ fork_num: '' }, { fork_num: null }, { fork_num: ' ' }])(
    'with %j leaves the number of forks to its default',
    (change) => {
      expect(draft(change).spec).not.toHaveProperty('forks');
    },
  );

  test.each<Partial<RunBody>>([{ params: '' }, { params: null }, { params: [] }, { params: ' \n' }])(
    'with %j sets no variables',
    (change) => {
      expect(draft(change).spec).not.toHaveProperty('variables');
    },
  );

  test.each<[string, Partial<RunBody>, RegExp]>([
    ['no name', { name: '' }, /^PARAM name: is empty/],
    ['a blank name', { name: '  ' }, /^PARAM name: is empty/],
    ['a name of 300 characters', { name: 'n'.repeat(300) }, /^PARAM name: is longer than 255 characters/],
    ['a name of 4 million characters', { name: 'n'.repeat(4_000_000) }, /^PARAM name: is longer/],
    ['a name with a newline', { name: 'a\nb' }, /^PARAM name: holds a line break/],
    ['a name with a line separator', { name: 'a\u2028b' }, /^PARAM name: holds a line break/],
    ['a name with half a character', { name: 'a\uD800' }, /^PARAM name: holds/],
    ['neither tasks nor content', { tasks: '', content: null }, /^PARAM tasks: one of tasks and content is required/],
    ['both tasks and content', { content: '- ping:' }, /^PARAM tasks: tasks and content are two names/],
    ['blank tasks', { tasks: ' \n' }, /^PARAM tasks: is blank/],
    ['an empty list of tasks', { tasks: [] }, /^PARAM tasks: the list is empty/],
    [
      'tasks that are names',
      { tasks: [{ ping: null }, 'nginx'] },
      /^PARAM tasks\[1\]: must be object.*"tasktype": "ansible_role"/,
    ],
    [
      'roles that are tasks',
      { tasks: [{ ping: null }], tasktype: 'ansible_role' },
      /^PARAM tasks\[0\]: is not the name of a role/,
    ],
    [
      'a role that is a path',
      { tasks: ['web', '../../etc'], tasktype: 'ansible_role' },
      /^PARAM tasks\[1\]: is not the name of a role/,
    ],
    [
      'roles as text',
      { tasks: 'web', tasktype: 'ansible_role' },
      /^PARAM tasks: with this tasktype a list of role names is expected/,
    ],
    ['no role', { tasks: [], tasktype: 'ansible_role' }, /^PARAM tasks: the list is empty: send one role/],
    [
      'content of 2 MiB',
      { tasks: null, content: 'x'.repeat(2 * 1024 * 1024) },
      /^TOO_LARGE content: is larger than 512 KiB/,
    ],
    [
      'content that is too large in bytes only',
      { tasks: 'ü'.repeat(300_000) },
      /^TOO_LARGE tasks: is larger than 512 KiB/,
    ],
    [
      'a list of tasks that is too large',
      { tasks: [{ a: 'x'.repeat(600_000) }] },
      /^TOO_LARGE tasks: is larger than 512 KiB/,
    ],
    [
      'a list of tasks that is too large as YAML only',
      { tasks: [{ a: Array.from({ length: 100_000 }, () => 1) }] },
      /^TOO_LARGE tasks: is larger than 512 KiB/,
    ],
    ['params that are no JSON', { params: '{任务参数}' }, /^PARAM params: the text is not JSON/],
    ['params that are a list', { params: '[1]' }, /^PARAM params: is not an object/],
    ['params that are null as text', { params: 'null' }, /^PARAM params: is not an object/],
    ['params of 300 KiB', { params: { a: 'x'.repeat(300 * 1024) } }, /^TOO_LARGE params: are larger than 256 KiB/],
    [
      'params with a name that is none',
      { params: { 'a b': 1 } },
      /^PARAM params: "a b" cannot be the name of a variable/,
    ],
    [
      'params that are too deep',
      { params: `{"a":${'['.repeat(100)}${']'.repeat(100)}}` },
      /^PARAM params: nested deeper/,
    ],
    [
      'params that choose a program of the controller',
      { params: { ansible_connection: 'local' } },
      /^PARAM params: "ansible_connection" is a setting of Ansible's connection, which variables must not change/,
    ],
    [
      'params with a port that is none',
      { params: { ansible_port: '22 -v' } },
      /^PARAM params: "ansible_port" must be a/,
    ],
    [
      'params with an interpreter that is more than a path',
      { params: { ansible_python_interpreter: '/bin/sh -c id' } },
      /^PARAM params: "ansible_python_interpreter" must be an absolute path/,
    ],
    [
      'a time-out in words',
      { timeoutSeconds: 'long' },
      /^PARAM timeoutSeconds: is not a number: send a whole number of/,
    ],
    ['a time-out beyond all bounds', { timeoutSeconds: 1e12 }, /^PARAM timeoutSeconds: is out of range/],
    ['forks in words', { fork_num: 'many' }, /^PARAM fork_num: is not a number: send a whole number from 1 to 500/],
    ['forks with a fraction', { fork_num: '1.5' }, /^PARAM fork_num: is not a number/],
    ['forks beyond all bounds', { fork_num: 1e300 }, /^PARAM fork_num: is out of range/],
  ])('with %s is refused', (_, change, expected) => {
    expect(problem(change)).toMatch(expected);
  });

  test('may have a name of 255 characters of any kind, blanks, dots and colons included', () => {
    for (const name of ['😀'.repeat(255), '192.0.2.1 install nginx: 1', '部署'])
      expect(draft({ name }).metadata.annotations).toMatchObject({ 'fleetwright.io/dispatch-name': name });
  });

  test('has a name of its own for each name, and always the same one', () => {
    const names = ['a', 'A', 'a ', ' a', 'b', 'é', 'e\u0301'].map((name) => draft({ name }).metadata.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.every((name) => /^run-[0-9a-f]{32}$/.test(name))).toBe(true);
    expect(draft({ name: 'a' }).metadata.name).toBe(names[0]);
  });
});

describe('where a call comes from', () => {
  test.each([
    [{ 'x-correlation-id': '1-1', 'x-resource': 'orion' }, 'orion'],
    [{ 'x-correlation-id': '1-1', 'x-source': 'hubble' }, 'hubble'],
    [{ 'x-correlation-id': ' 1-1 ', 'x-resource': '', 'x-source': 'hubble' }, 'hubble'],
    [{ 'x-correlation-id': '1-1', 'x-resource': 'orion', 'x-source': 'hubble' }, 'orion'],
  ])('is known by the headers %j', (headers, source) => {
    expect(originOf(headers)).toEqual({ correlationID: '1-1', source });
  });

  test.each([
    [{}, 'X-CORRELATION-ID'],
    [{ 'x-resource': 'orion' }, 'X-CORRELATION-ID'],
    [{ 'x-correlation-id': ' ', 'x-resource': 'orion' }, 'X-CORRELATION-ID'],
    [{ 'x-correlation-id': '1-1' }, 'X-RESOURCE'],
  ])('is not known by the headers %j, which lack %s', (headers, missing) => {
    expect(() => originOf(headers)).toThrow(`${missing}: this header`);
  });
});
