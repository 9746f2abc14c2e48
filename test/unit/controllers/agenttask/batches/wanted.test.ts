import { describe, expect, test } from 'vitest';

import { changedBatches } from '../../../../../controllers/agenttask/batches/changed.ts';
import { wantedBatches } from '../../../../../controllers/agenttask/batches/wanted.ts';
import type { AgentTaskBatch, AgentTaskHost, AgentTaskStatus } from '../../../../../crds/types/agenttask.ts';
import type { DeployGroup, DeployGroupStatus } from '../../../../../crds/types/deploygroup.ts';
import { reconciling, stalled } from '../../../../../kube/conditions.ts';
import { groupTask } from '../../../../harness/agenttask/staged.ts';
import { shown } from '../../../../harness/agenttask/observed.ts';

const task = shown({ groupRef: { name: 'web' } });
const batches = [{ number: 1, hosts: ['a'] }];

function group(status?: DeployGroupStatus): DeployGroup {
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'DeployGroup',
    metadata: { namespace: 'default', name: 'web', generation: 2 },
    spec: { type: 'List', list: [{ hosts: ['a'] }] },
    ...(status === undefined ? {} : { status }),
  };
}

function deleted(held: DeployGroup): DeployGroup {
  return { ...held, metadata: { ...held.metadata, deletionTimestamp: '2026-01-01T11:59:59Z' } };
}

function decided(decision: string): ReturnType<typeof groupTask> {
  const undone = groupTask();
  return { ...undone, metadata: { ...undone.metadata, annotations: { 'fleetwright.io/jobx-decision': decision } } };
}

const conditions = (statements: ReturnType<typeof stalled>) =>
  statements.map((statement) => ({ ...statement, lastTransitionTime: '2026-01-01T11:00:00Z' }));

describe('the batches of a task that begins', () => {
  test.each<[string, DeployGroup | undefined, unknown]>([
    ['there is no group', undefined, ['lacks', 'GroupNotFound']],
    ['nobody has looked at it yet', group(), ['comes', 'GroupNotResolved']],
    [
      'it was changed, and is not resolved anew yet',
      group({ observedGeneration: 1, batches }),
      ['comes', 'GroupNotResolved'],
    ],
    [
      'it has no batches yet',
      group({ observedGeneration: 2, conditions: conditions(reconciling('x', '')) }),
      ['comes', 'GroupNotResolved'],
    ],
    [
      'it cannot be resolved, although batches of an earlier spec stand there',
      group({ observedGeneration: 2, batches, conditions: conditions(stalled('Unresolvable', 'x')), message: 'x' }),
      ['lacks', 'GroupUnresolvable'],
    ],
    ['it is resolved', group({ observedGeneration: 2, batches }), [['a']]],
    ['it is deleted, and only held', deleted(group({ observedGeneration: 2, batches })), ['lacks', 'GroupNotFound']],
  ])('%s', (_what, found, expected) => {
    const wanted = wantedBatches(task, { group: found, undone: undefined });
    expect(wanted.is === 'known' ? wanted.batches : [wanted.is, wanted.reason]).toEqual(expected);
  });

  const undoing = shown({ groupRef: { name: 'web' }, rollbackOf: { name: 'roll' } });
  test.each<[string, ReturnType<typeof shown> | undefined, unknown]>([
    ['what is to be undone is not there', undefined, ['lacks', 'RunNotFound']],
    ['it is on no group', shown(), ['lacks', 'RunNotOnGroup']],
    ['it has not ended', groupTask(), ['comes', 'RunNotEnded']],
    ['it is to stay', decided('norollback'), ['lacks', 'RollbackRuledOut']],
    ['it is to be undone', decided('rollback'), ['comes', 'RunNotEnded']],
    ['it has changed nothing', groupTask({}, [], { phase: 'Stopped' }), []],
  ])('of one that undoes another: %s', (_what, undone, expected) => {
    const wanted = wantedBatches(undoing, { group: undefined, undone });
    expect(wanted.is === 'known' ? wanted.batches : [wanted.is, wanted.reason]).toEqual(expected);
  });
});

const begun = { task: 'x', startTime: '2026-01-01T11:59:10Z' } as const;
const counts = { ok: 0, changed: 0, failed: 0, skipped: 0, unreachable: 1 };
const changedBy = (first: Partial<AgentTaskBatch>, ...hosts: readonly AgentTaskHost[]): unknown =>
  changedBatches(groupTask({}, [first], { phase: 'Failed', hosts } satisfies AgentTaskStatus));

describe('what a task may have changed', () => {
  test.each<[string, unknown, unknown]>([
    ['a batch that never began', changedBy({ phase: 'Stopped' }), []],
    ['one that was refused before it ran', changedBy({ phase: 'Failed', task: 'x', reason: 'SpecInvalid' }), []],
    [
      'hosts that changed and hosts that are as they were',
      changedBy({ ...begun, phase: 'Succeeded' }, { name: 'a', result: 'changed' }, { name: 'b', result: 'ok' }),
      [['a']],
    ],
    [
      'a host that failed half-way, and one that was never reached',
      changedBy(
        { ...begun, phase: 'Failed', reason: 'HostsFailed' },
        { name: 'a', result: 'failed' },
        { name: 'b', result: 'unreachable', counts },
      ),
      [['a']],
    ],
    [
      'a host whose connection went after a step',
      changedBy(
        { ...begun, phase: 'Failed', reason: 'HostsFailed' },
        { name: 'a', result: 'unreachable', counts: { ...counts, ok: 1 } },
      ),
      [['a']],
    ],
    [
      'a run that nobody heard of any more: on doubt every host',
      changedBy({ ...begun, phase: 'Failed', reason: 'RunLost' }, { name: 'a', result: 'notRun' }),
      [['a', 'b']],
    ],
    [
      'a run that was cut off',
      changedBy({ ...begun, phase: 'Failed', reason: 'TimedOut' }, { name: 'a', result: 'ok' }),
      [['a', 'b']],
    ],
    [
      'a task that was deleted while it ran',
      changedBy({ task: 'x', phase: 'Stopped', reason: 'TaskDeleted' }),
      [['a', 'b']],
    ],
  ])('%s', (_what, found, expected) => {
    expect(found).toEqual(expected);
  });

  test('the last batch comes first', () => {
    const good = { ...begun, phase: 'Succeeded' } as const;
    const hosts = ['a', 'b', 'c', 'd'].map((name) => ({ name, result: 'changed' as const }));
    expect(changedBatches(groupTask({}, [good, good, good], { hosts }))).toEqual([['d'], ['c'], ['a', 'b']]);
  });
});
