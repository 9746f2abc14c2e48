import { describe, expect, test } from 'vitest';

import { readCommand } from '../../../../apiserver/credential/options.ts';

describe('what the helper for credentials is asked', () => {
  test('to make needs a name only', () => {
    expect(readCommand(['create', '--name', 'orion'], {})).toEqual({
      verb: 'create',
      name: 'orion',
      api: 'dispatch',
      user: 'fleetwright:orion',
      groups: [],
      namespace: 'fleetwright-system',
      taskNamespaces: ['default'],
      readOnly: false,
      old: false,
      print: false,
      kubeconfig: undefined,
    });
  });

  test('takes all else from flags, which win over the variables of the facade', () => {
    const env = { FLEETWRIGHT_NAMESPACE: 'ours', FLEETWRIGHT_DISPATCH_NAMESPACE: 'tasks' };
    expect(readCommand(['create', '--name', 'a'], env)).toMatchObject({ namespace: 'ours', taskNamespaces: ['tasks'] });
    const args = [
      'create',
      '--name',
      'a',
      '--user',
      'ann',
      '--groups',
      'x, y',
      '--task-namespaces',
      'one,two',
      '--namespace',
      'n',
      '--read-only',
      '--print',
    ];
    expect(readCommand(args, env)).toMatchObject({
      user: 'ann',
      groups: ['x', 'y'],
      namespace: 'n',
      taskNamespaces: ['one', 'two'],
      readOnly: true,
      print: true,
    });
    expect(readCommand(['create', '--name', 'a', '--user', 'system:serviceaccount:ops:a'], env)).toMatchObject({
      user: 'system:serviceaccount:ops:a',
    });
    expect(readCommand(['create', '--name', 'a', '--task-namespaces', ''], env)).toMatchObject({ taskNamespaces: [] });
  });

  test('takes the permissions that its API knows', () => {
    const args = ['create', '--api', 'jobx', '--name', 'a', '--permissions', 'read, control'];
    expect(readCommand(args, {})).toMatchObject({ permissions: ['read', 'control'] });
  });

  test.each([[[]], [['--help']], [['create', '-h']]])('is answered with the help for %j', (args) => {
    expect(readCommand(args, {})).toContain('usage: make credential');
  });

  test.each([
    [['make'], 'say what to do: one of create, rotate, revoke, list (got "make")'],
    [['create', 'a'], '(got "create a")'],
    [['--name', 'a'], 'say what to do'],
    [['create'], '--name is not set: give the credential a name'],
    [['create', '--name', 'Orion'], '--name is "Orion": give the credential a name'],
    [['create', '--name', 'a'.repeat(41)], 'at most 40'],
    [
      ['create', '--name', 'a', '--user', 'system:admin'],
      '--user is "system:admin": names that begin with "system:" belong to Kubernetes',
    ],
    [
      ['create', '--name', 'a', '--groups', 'x,system:masters'],
      '--groups is "system:masters": groups that begin with "system:"',
    ],
    [
      ['create', '--name', 'a', '--user', 'system:serviceaccount:ops:a', '--groups', 'x'],
      '--groups is "x": a service account has groups of its own',
    ],
    [['create', '--name', 'a', '--task-namespaces', 'A'], '--task-namespaces is "A": give the name of a namespace'],
    [['create', '--name', 'a', '--namespace', 'x/y'], '--namespace is "x/y"'],
    [['create', '--name', 'a', '--api', 'none'], '--api is "none": give one of dispatch'],
    [['create', '--name', 'a', '--old'], '--old goes with revoke only'],
    [
      ['create', '--api', 'stage', '--name', 'a', '--task-namespaces', 'team-a'],
      '--task-namespaces does not go with --api stage, whose callers work on objects of the whole cluster',
    ],
    [
      ['create', '--name', 'a', '--permissions', 'read'],
      '--permissions does not go with --api dispatch, which knows none: leave it out',
    ],
    [
      ['create', '--api', 'jobx', '--name', 'a', '--permissions', 'read,admin'],
      '--permissions is "read,admin": give one or more of read, write, delete, control, with commas',
    ],
    [['create', '--api', 'jobx', '--name', 'a', '--permissions', ''], '--permissions is not set: give one or more of'],
    [
      ['create', '--api', 'jobx', '--name', 'a', '--permissions', 'read', '--read-only'],
      '--permissions and --read-only exclude each other',
    ],
    [['rotate', '--name', 'a', '--permissions', 'read'], '--permissions goes with create only'],
    [['rotate', '--name', 'a', '--user', 'b'], '--user goes with create only'],
    [['revoke', '--name', 'a', '--print'], '--print goes with create only'],
    [['create', '--nam', 'a'], "Unknown option '--nam'"],
  ])('is refused for %j with what to write instead', (args, expected) => {
    expect(() => readCommand(args, {})).toThrow(expected);
  });
});
