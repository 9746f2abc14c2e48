import { beforeAll, describe, expect, test } from 'vitest';

import type { KubectlResult } from '../../../cluster/kubectl.ts';
import { mostOperations, operationsAnnotation, withOperation } from '../../../../crds/operations.ts';
import { controllers, facade, system } from '../../../chart/guarded.ts';
import { site } from './site.ts';

/** So many operations on a task, as its annotation lists them. */
function operations(count: number, user = 'ann'): Readonly<Record<string, string>> {
  let annotations: Readonly<Record<string, string>> = {};
  for (let number = 1; number <= count; number += 1)
    annotations = withOperation(annotations, {
      operation: 'edit',
      user,
      requestId: `r-${number}`,
      time: '2026-11-21T12:00:00Z',
    });
  return annotations;
}

/** The lines of such an annotation. */
function lines(annotations: Readonly<Record<string, string>>): readonly string[] {
  return (annotations[operationsAnnotation] ?? '').slice(1, -1).split(',\n');
}

const finalizers = ['fleetwright.io/agenttask', 'fleetwright.io/composite', 'fleetwright.io/history'];

beforeAll(async () => {
  const annotations = {
    'fleetwright.io/requested-by': 'ann',
    'fleetwright.io/request-id': '1',
    ...operations(2),
  };
  const metadata = {
    name: 'web',
    namespace: 'default',
    labels: { 'fleetwright.io/id': '7' },
    annotations,
    finalizers,
  };
  await site().apply([
    {
      apiVersion: 'fleetwright.io/v1alpha1',
      kind: 'AgentTask',
      metadata,
      spec: { hosts: ['web-1'], content: '- hosts: all\n' },
    },
    {
      apiVersion: 'fleetwright.io/v1alpha1',
      kind: 'AgentTask',
      metadata: { name: 'often-changed', namespace: 'default', annotations: operations(mostOperations) },
      spec: { hosts: ['web-1'], content: '- hosts: all\n' },
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'run-log-x-1', namespace: 'default', labels: { 'fleetwright.io/run-log': 'x' } },
    },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'other', namespace: 'default' } },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'fleetwright-agenttask-ids', namespace: system },
      data: { last: '7' },
    },
    {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'fleetwright-agenttask-ids', namespace: system },
    },
  ]);
  await site().inForce(
    async () => await patch('ann', { metadata: { labels: { 'fleetwright.io/id': '8' } } }),
    'given once',
  );
  await site().inForce(async () => await touch('ann', 'run-log-x-1'), 'logs of runs');
  await site().inForce(
    async () => await touch('ann', 'fleetwright-agenttask-ids', system),
    'only Fleetwright writes it',
  );
  await site().inForce(async () => await mark('ann'), 'only Fleetwright writes it');
  await site().inForce(async () => await touch(controllers, 'other'), 'and no others');
}, 300_000);

/** The mark beside the counter of ids. */
async function mark(user: string): Promise<KubectlResult> {
  const change = { metadata: { annotations: { 'ids-up-to': '0' } } };
  return site().patch(user, ['lease', 'fleetwright-agenttask-ids', '-n', system], change);
}

async function patch(user: string, change: object): Promise<KubectlResult> {
  return site().patch(user, ['agenttask', 'web', '-n', 'default'], change);
}

/** Lets the task that is changed often list so many changes. @returns what kubectl says */
async function changeOften(count: number): Promise<string> {
  const change = { metadata: { annotations: operations(count) } };
  return (await site().patch('ann', ['agenttask', 'often-changed', '-n', 'default'], change)).stderr;
}

async function touch(user: string, name: string, where = 'default'): Promise<KubectlResult> {
  return site().patch(user, ['configmap', name, '-n', where], { data: { touched: 'yes' } });
}

async function relabel(name: string, label: string): Promise<string> {
  return (await site().attempt(controllers, ['label', 'configmap', name, '-n', 'default', label])).stderr;
}

function without(finalizer: string): object {
  return { metadata: { finalizers: finalizers.filter((other) => other !== finalizer) } };
}

describe('what somebody with all rights on tasks may still not do', () => {
  test.each<[string, object, string]>([
    [
      'change the id of a task',
      { metadata: { labels: { 'fleetwright.io/id': '8' } } },
      'the label fleetwright.io/id is the task',
    ],
    [
      'take the id away',
      { metadata: { labels: { 'fleetwright.io/id': null } } },
      'the label fleetwright.io/id is the task',
    ],
    [
      'let go of a task before its run has ended',
      without('fleetwright.io/agenttask'),
      'the controllers take them away',
    ],
    ['let go of a part of a split task', without('fleetwright.io/composite'), 'the controllers take them away'],
    ['let go of a task before it is recorded', without('fleetwright.io/history'), 'the recorder takes it away'],
    ['let go of everything', { metadata: { finalizers: null } }, 'the controllers take them away'],
    [
      'blame somebody else',
      { metadata: { annotations: { 'fleetwright.io/requested-by': 'bob' } } },
      'tell who asked for the task',
    ],
    ['wipe out who asked', { metadata: { annotations: null } }, 'tell who asked for the task'],
    [
      'blame somebody else for a change',
      { metadata: { annotations: operations(3, 'bob') } },
      'those that are there stay',
    ],
    ['wipe out the last change', { metadata: { annotations: operations(1) } }, 'those that are there stay'],
    [
      'wipe out all changes',
      { metadata: { annotations: { [operationsAnnotation]: null } } },
      'those that are there stay',
    ],
    [
      'push a change out before there are too many',
      { metadata: { annotations: { [operationsAnnotation]: `[${lines(operations(3)).slice(1).join(',\n')}]` } } },
      'those that are there stay',
    ],
  ])('%s', async (_name, change, message) => {
    const { code, stderr } = await patch('ann', change);
    expect(stderr).toContain(message);
    expect(stderr).toContain('(Forbidden)');
    expect(code).not.toBe(0);
  });

  test('make an id for himself', async () => {
    await site().apply([
      {
        apiVersion: 'fleetwright.io/v1alpha1',
        kind: 'AgentTask',
        metadata: { name: 'new', namespace: 'default' },
        spec: { hosts: ['web-1'], content: '- hosts: all\n' },
      },
    ]);
    const { stderr } = await site().attempt('ann', [
      'label',
      'agenttask',
      'new',
      '-n',
      'default',
      'fleetwright.io/id=9',
    ]);
    expect(stderr).toContain('the label fleetwright.io/id is the task');
  });
});

describe('what goes on as before', () => {
  test.each<[string, string, object]>([
    ['a user stops a task', 'ann', { spec: { stop: true }, metadata: { annotations: operations(3) } }],
    ['a user labels it', 'ann', { metadata: { labels: { team: 'night' } } }],
    ['a user adds a finalizer of his own', 'ann', { metadata: { finalizers: [...finalizers, 'example.com/mine'] } }],
    ['the controllers give an id', controllers, { metadata: { labels: { 'fleetwright.io/id': '8' } } }],
    ['the controllers let go of a task', controllers, { metadata: { finalizers: ['fleetwright.io/history'] } }],
    ['the recorder lets go of it', facade, without('fleetwright.io/history')],
    ['whoever is exempt puts things right', 'break-glass', { metadata: { finalizers: null, labels: null } }],
  ])('%s', async (_name, user, change) => {
    expect((await patch(user, change)).stderr).toBe('');
  });

  test('of very many changes the first goes for the next', async () => {
    expect(await changeOften(mostOperations + 2)).toContain('those that are there stay');
    expect(await changeOften(mostOperations + 1)).toBe('');
  });

  test('a user writes ConfigMaps of his own', async () => {
    expect((await touch('ann', 'other')).stderr).toBe('');
  });

  test('the controllers write logs, and they and the facade the counter', async () => {
    expect((await touch(controllers, 'run-log-x-1')).stderr).toBe('');
    expect((await touch(controllers, 'fleetwright-agenttask-ids', system)).stderr).toBe('');
    expect((await touch(facade, 'fleetwright-agenttask-ids', system)).stderr).toBe('');
    expect((await mark(controllers)).stderr).toBe('');
    expect((await mark(facade)).stderr).toBe('');
  });
});

test('the recorder cannot let go for the controllers, nor the controllers for the recorder', async () => {
  expect((await patch(facade, without('fleetwright.io/agenttask'))).stderr).toContain('the controllers take them away');
  expect((await patch(controllers, without('fleetwright.io/history'))).stderr).toContain('the recorder takes it away');
});

test('the controllers can turn no ConfigMap into a log, and no log into something else', async () => {
  expect(await relabel('other', 'fleetwright.io/run-log=x')).toContain('and no others');
  expect(await relabel('run-log-x-1', 'fleetwright.io/run-log-')).toContain('and no others');
});
