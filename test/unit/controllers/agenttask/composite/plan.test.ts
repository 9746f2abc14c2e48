import { describe, expect, test } from 'vitest';

import type { Observed } from '../../../../../controllers/agenttask/observe.ts';
import { plan } from '../../../../../controllers/agenttask/plan.ts';
import type { AgentTaskStatus } from '../../../../../crds/types/agenttask.ts';
import { findCondition, reconciling } from '../../../../../kube/conditions.ts';
import { childTask, endedChild, family, splitTask } from '../../../../harness/agenttask/family.ts';
import { now } from '../../../../harness/agenttask/observed.ts';

const limits = { maxOutputBytes: 1000 };
const fleet = splitTask();
const stopped = splitTask({ stop: true });
const paused = splitTask({ paused: true });
const deletionTimestamp = '2026-01-01T11:59:59Z';
const deleted = splitTask({}, {}, { deletionTimestamp });
const pending = (parent = fleet, index = 0) => childTask(parent, index);
const running = (parent = fleet, index = 0) => childTask(parent, index, { phase: 'Running' });
const ago = (milliseconds: number): Date => new Date(now.getTime() - milliseconds);

/** What is done to which children, then what the task says. */
function told(world: Observed): {
  readonly does: readonly string[];
  readonly says: string | undefined;
  readonly again: number | undefined;
} {
  const { intents, status, requeueAfter } = plan(world, now, limits);
  const ready = findCondition(status?.conditions, 'Ready');
  return {
    does: intents.map((intent) => {
      if (!('children' in intent)) return intent.do;
      const hosts = intent.children.map((child) => ('spec' in child ? child.spec.hosts : child.hosts)?.[0]);
      const change = intent.do === 'changeChildren' ? [JSON.stringify(intent.spec)] : [];
      return [intent.do, ...hosts, ...change].join(' ');
    }),
    says: status === undefined ? undefined : `${status.phase} ${ready?.reason}: ${ready?.message}`,
    again: requeueAfter === undefined ? undefined : requeueAfter / 1000,
  };
}

const notBegun: AgentTaskStatus = { phase: 'Pending' };
const { startTime: _, ...unstarted } = splitTask({}, notBegun).status ?? {};
const waiting = (spec: Parameters<typeof splitTask>[0] = {}): Observed => {
  const task = splitTask(spec, notBegun);
  return family({ ...task, status: unstarted }, []);
};
const slow = childTask(fleet, 1, {
  phase: 'Pending',
  observedGeneration: 1,
  conditions: reconciling('HostClaimed', 'host b is claimed by AgentTask prod/rollout').map((statement) => ({
    ...statement,
    lastTransitionTime: '2026-01-01T11:59:00Z',
  })),
});

const cases: readonly (readonly [
  sentence: string,
  world: Observed,
  does: readonly string[],
  says: string | undefined,
  again: number | undefined,
])[] = [
  [
    'a split task is recorded as running before anything is made',
    waiting(),
    ['addFinalizer'],
    'Running Running: making an AgentTask for each of 3 hosts',
    undefined,
  ],
  [
    'a split task that is stopped before its start makes nothing',
    waiting({ stop: true }),
    [],
    'Stopped Stopped: stopped on request before it started',
    undefined,
  ],
  [
    'a paused one waits',
    waiting({ paused: true }),
    [],
    'Pending Paused: spec.paused is true; set it to false to let the task start',
    3600,
  ],
  [
    'a missing Secret is waited for once, not by each child',
    waiting({ credentialsSecretRef: { name: 'key' } }),
    [],
    'Pending SecretNotFound: spec.credentialsSecretRef: ' +
      'there is no Secret key in namespace default; create it with the key ssh-privatekey',
    10,
  ],
  [
    'bad content fails the whole, once',
    waiting({ content: 'nothing' }),
    [],
    'Failed ContentInvalid: spec.content, line 1, column 1: ' +
      'the content must be a list of plays or a list of tasks. Begin each play or task with "- ".',
    undefined,
  ],
  [
    'children are made for hosts that have none',
    family(fleet, [running()]),
    ['makeChildren b c'],
    'Running Running: 0 of 3 hosts done, 1 running',
    1,
  ],
  [
    'a child that was made a moment ago is not made again',
    family(fleet, [running(), 'unseen', running(fleet, 2)]),
    [],
    'Running Running: 0 of 3 hosts done, 2 running',
    30,
  ],
  [
    'a paused task makes no more, and holds back what has not begun',
    family(paused, [running(paused), pending(paused, 1)]),
    ['changeChildren b {"paused":true}'],
    'Running Paused: spec.paused is true: what runs goes on, and nothing more begins; 0 of 3 hosts done, 1 running',
    30,
  ],
  [
    'a task that is let go lets its children go',
    family(fleet, [running(), childTask(fleet, 1, undefined, {}, { paused: true }), running(fleet, 2)]),
    ['changeChildren b {"paused":false}'],
    'Running Running: 0 of 3 hosts done, 2 running',
    30,
  ],
  [
    'a stop is passed down to all that have not ended, and nothing more is made',
    family(stopped, [endedChild(stopped, 0, 'Succeeded'), running(stopped, 1)]),
    ['changeChildren b {"stop":true}'],
    'Running Stopping: stopping, because spec.stop is true: 2 of 3 hosts done, 1 running',
    30,
  ],
  [
    'a stop is passed down once',
    family(stopped, [running(stopped), childTask(stopped, 1, { phase: 'Running' }, {}, { stop: true }), 'unseen']),
    ['changeChildren a {"stop":true}'],
    'Running Stopping: stopping, because spec.stop is true: 0 of 3 hosts done, 2 running',
    30,
  ],
  [
    'a child that was made during a stop is waited for',
    family(stopped, [endedChild(stopped, 0, 'Stopped'), endedChild(stopped, 1, 'Stopped'), 'unseen']),
    [],
    'Running Stopping: stopping, because spec.stop is true: 2 of 3 hosts done, 0 running',
    30,
  ],
  [
    'what holds up the first child that waits is told',
    family(fleet, [running(), slow, running(fleet, 2)]),
    [],
    'Running Running: 0 of 3 hosts done, 2 running; web-01234567-2 waits: host b is claimed by AgentTask prod/rollout',
    30,
  ],
  [
    'the status is written once a second',
    family(fleet, [running()], { reportedAt: ago(400) }),
    ['makeChildren b c'],
    undefined,
    0.6,
  ],
  [
    'a second later it is written again',
    family(fleet, [running()], { reportedAt: ago(1000) }),
    ['makeChildren b c'],
    'Running Running: 0 of 3 hosts done, 1 running',
    1,
  ],
  [
    'the end is written at once',
    family(
      fleet,
      [0, 1, 2].map((index) => endedChild(fleet, index, 'Succeeded')),
      { reportedAt: ago(1) },
    ),
    [],
    'Succeeded Succeeded: 3 hosts: 3 ok',
    undefined,
  ],
  [
    'a refusal is told, and the API server left alone for a while',
    family(fleet, [running()], { refusal: { message: 'exceeded quota', at: ago(4000) } }),
    [],
    'Running ChildrenRefused: the API server refuses further AgentTasks: exceeded quota',
    6,
  ],
  [
    'after a refusal it is tried again',
    family(fleet, [running()], { refusal: { message: 'exceeded quota', at: ago(10_000) } }),
    ['makeChildren b c'],
    'Running ChildrenRefused: the API server refuses further AgentTasks: exceeded quota',
    1,
  ],
  [
    'of what was refused the others are tried first',
    family(fleet, [], { refused: new Set(['web-01234567-1']) }),
    ['makeChildren b c a'],
    'Running Running: 0 of 3 hosts done, 0 running',
    1,
  ],
  [
    'a stop is passed down whatever was refused',
    family(stopped, [running(stopped)], { refusal: { message: 'exceeded quota', at: now } }),
    ['changeChildren a {"stop":true}'],
    'Running Stopping: stopping, because spec.stop is true: 2 of 3 hosts done, 1 running',
    30,
  ],
  [
    'a deleted task deletes its children first',
    family(deleted, [running(deleted), endedChild(deleted, 1, 'Succeeded')]),
    ['deleteChildren a b'],
    'Running Stopping: stopping, because the task is deleted: AgentTask web-01234567-1 is not gone yet',
    30,
  ],
  [
    'and lets them go',
    family(deleted, [childTask(deleted, 0, {}, { deletionTimestamp })]),
    ['releaseChildren a'],
    'Running Stopping: stopping, because the task is deleted: AgentTask web-01234567-1 is not gone yet',
    30,
  ],
  [
    'a deleted task waits for children that are being stopped',
    family(deleted, [childTask(deleted, 0, {}, { deletionTimestamp, finalizers: ['fleetwright.io/agenttask'] })]),
    [],
    'Running Stopping: stopping, because the task is deleted: AgentTask web-01234567-1 is not gone yet',
    30,
  ],
  [
    'a deleted task goes without those that only a history holds',
    family(deleted, [childTask(deleted, 0, {}, { deletionTimestamp, finalizers: ['fleetwright.io/history'] }), 'gone']),
    ['removeFinalizer'],
    undefined,
    undefined,
  ],
  [
    'a deleted task does nothing to tasks that it did not make',
    family(deleted, ['taken', 'unmade', 'gone']),
    ['removeFinalizer'],
    undefined,
    undefined,
  ],
];

describe('plan of a split task', () => {
  test.each(cases)('%s', (_sentence, world, does, says, again) => {
    expect(told(world)).toEqual({ does, says, again });
  });

  test('fifty children at most are made in one pass, in the order of their hosts', () => {
    const hosts = Array.from({ length: 1000 }, (_value, index) => `host-${index + 1}`);
    const [intent] = plan(family(splitTask({ hosts }), []), now, limits).intents;
    expect(intent).toMatchObject({ do: 'makeChildren', because: '1000 hosts of 1000 have no AgentTask yet' });
    const names =
      intent !== undefined && 'children' in intent
        ? intent.children.map((child) => ('hosts' in child ? child.hosts[0] : ''))
        : [];
    expect(names).toEqual(hosts.slice(0, 50));
  });

  test('a child that is deleted is let go only when its end stands in the status of its parent', () => {
    const child = childTask(
      fleet,
      0,
      { phase: 'Succeeded', hosts: [{ name: 'a', result: 'changed' }] },
      { deletionTimestamp },
    );
    const first = plan(family(fleet, [child, running(fleet, 1), running(fleet, 2)]), now, limits);
    expect(first.intents).toEqual([]);
    expect(first.status).toMatchObject({
      children: [{ name: 'web-01234567-1', host: 'a', phase: 'Succeeded' }, { phase: 'Running' }, { phase: 'Running' }],
      hosts: [{ name: 'a', result: 'changed' }],
    });
    const recorded = splitTask({}, first.status);
    expect(told(family(recorded, [child, running(fleet, 1), running(fleet, 2)])).does).toEqual(['releaseChildren a']);
  });

  test('a finished parent lets go whatever is deleted, also copies under other names', () => {
    const over = splitTask({}, { phase: 'Stopped', completionTime: '2026-01-01T11:59:59Z', observedGeneration: 3 });
    const unrecorded = childTask(over, 0, { phase: 'Pending' }, { deletionTimestamp });
    const copy = childTask(over, 1, {}, { name: 'copy', deletionTimestamp });
    expect(told(family(over, [unrecorded, childTask(over, 2)], { strays: [copy] }))).toEqual({
      does: ['releaseChildren a b'],
      says: undefined,
      again: undefined,
    });
  });

  test('an orphaning deletion lets the children go as they are', () => {
    const parent = splitTask({}, {}, { deletionTimestamp, finalizers: ['fleetwright.io/agenttask', 'orphan'] });
    expect(told(family(parent, [running(parent), pending(parent, 1)])).does).toEqual(['releaseChildren a b']);
    expect(
      told(family(parent, [childTask(parent, 0, { phase: 'Running' }, { finalizers: ['fleetwright.io/agenttask'] })]))
        .does,
    ).toEqual(['removeFinalizer']);
  });
});
