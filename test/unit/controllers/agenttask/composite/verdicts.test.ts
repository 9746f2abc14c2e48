import { describe, expect, test } from 'vitest';

import { endingOfFamily, verdictsOn, type Verdict } from '../../../../../controllers/agenttask/composite/verdicts.ts';
import type { AgentTask } from '../../../../../crds/types/agenttask.ts';
import { childTask, endedChild, family, splitTask } from '../../../../harness/agenttask/family.ts';

const deletionTimestamp = '2026-01-01T11:59:59Z';
const fleet = splitTask();

function verdicts(task: AgentTask, children: Parameters<typeof family>[1], never = false): readonly Verdict[] {
  return verdictsOn(family(task, children).family?.members ?? [], never);
}

/** `phase, result: message`, and `?` while it may change. */
function short({ child, host, settled }: Verdict): string {
  const message = host.message === undefined ? '' : `: ${host.message}`;
  return `${child?.phase ?? 'none'}, ${host.result}${message}${settled ? '' : ' ?'}`;
}

describe('what becomes of a host', () => {
  test.each<[string, Parameters<typeof family>[1][number], string]>([
    ['a child that succeeded', endedChild(fleet, 0, 'Succeeded'), 'Succeeded, ok'],
    [
      'a child that failed',
      endedChild(fleet, 0, 'Failed', { hosts: [{ name: 'a', result: 'unreachable', message: 'no route' }] }),
      'Failed, unreachable: no route',
    ],
    [
      'a child that failed although each step did well has failed, for the reason of the child',
      endedChild(fleet, 0, 'Failed', { message: 'took too long', hosts: [{ name: 'a', result: 'ok' }] }),
      'Failed, failed: took too long',
    ],
    [
      'a child that never reached its host says why',
      endedChild(fleet, 0, 'Failed', { message: 'there is no role x', hosts: [{ name: 'a', result: 'notRun' }] }),
      'Failed, notRun: there is no role x',
    ],
    [
      'a child that was stopped',
      endedChild(fleet, 0, 'Stopped', { message: 'stopped on request', hosts: [{ name: 'a', result: 'changed' }] }),
      'Stopped, changed: stopped on request',
    ],
    ['a child under way', childTask(fleet, 0, { phase: 'Running' }), 'Running, notRun ?'],
    ['a child that nobody looked at yet', childTask(fleet, 0, {}), 'Pending, notRun ?'],
    [
      'a child that is deleted, while its own controller stops it',
      childTask(
        fleet,
        0,
        { phase: 'Running' },
        { deletionTimestamp, finalizers: ['fleetwright.io/composite', 'fleetwright.io/agenttask'] },
      ),
      'Running, notRun ?',
    ],
    [
      'a child that is deleted, when its own controller is done',
      childTask(fleet, 0, { phase: 'Running' }, { deletionTimestamp }),
      'Stopped, notRun: its AgentTask web-01234567-1 was deleted',
    ],
    ['a child that vanished', 'gone', 'Stopped, notRun: its AgentTask web-01234567-1 was deleted'],
    ['a child that the cache does not show yet', 'unseen', 'Pending, notRun ?'],
    [
      'a task of somebody else in its place',
      'taken',
      'none, notRun: there is an AgentTask web-01234567-1 that this task did not make; ' +
        'delete it and create this task anew',
    ],
    ['no child yet', 'unmade', 'none, notRun ?'],
  ])('%s', (_what, child, expected) => {
    expect(verdicts(fleet, [child]).map(short)[0]).toBe(expected);
  });

  test('no child, when none will be made any more', () => {
    expect(verdicts(fleet, ['unmade'], true).map(short)[0]).toBe('none, notRun');
  });

  test('what is recorded stays, whatever is seen later', () => {
    const recorded = splitTask(
      {},
      {
        children: [{ name: 'web-01234567-1', host: 'a', phase: 'Succeeded' }],
        hosts: [{ name: 'a', result: 'changed' }],
      },
    );
    for (const seen of ['gone', 'unseen', endedChild(fleet, 0, 'Failed'), undefined] as const)
      expect(verdicts(recorded, [seen]).map(short)[0]).toBe('Succeeded, changed');
  });
});

function end(stop: boolean, ...children: Parameters<typeof family>[1]): string {
  const { phase, reason, message } = endingOfFamily(verdicts(fleet, children, stop), stop);
  return `${phase} ${reason}: ${message}`;
}

const good = (index: number): AgentTask => endedChild(fleet, index, 'Succeeded');
const bad = (index: number): AgentTask => endedChild(fleet, index, 'Failed');
const halted = (index: number): AgentTask =>
  endedChild(fleet, index, 'Stopped', { hosts: [{ name: 'x', result: 'notRun' }] });

describe('how the whole ends', () => {
  test.each<[string, string, string]>([
    ['all well', end(false, good(0), good(1), good(2)), 'Succeeded Succeeded: 3 hosts: 3 ok'],
    [
      'some',
      end(false, good(0), bad(1), good(2)),
      'PartlySucceeded HostsFailed: 3 hosts: 2 ok, 1 failed; see status.hosts for b',
    ],
    ['none', end(false, bad(0), bad(1), bad(2)), 'Failed HostsFailed: 3 hosts: 3 failed; see status.hosts for a, b, c'],
    [
      'stopped half-way',
      end(true, good(0), halted(1)),
      'Stopped Stopped: stopped on request; 3 hosts: 1 ok, 2 not run',
    ],
    ['a stop that came too late for all', end(true, good(0), good(1), good(2)), 'Succeeded Succeeded: 3 hosts: 3 ok'],
    [
      'a stop that came too late for all, of which one failed',
      end(true, good(0), bad(1), good(2)),
      'PartlySucceeded HostsFailed: 3 hosts: 2 ok, 1 failed; see status.hosts for b',
    ],
    [
      'one was stopped by hand',
      end(false, good(0), halted(1), good(2)),
      'PartlySucceeded HostsFailed: 3 hosts: 2 ok, 1 not run; see status.hosts for b',
    ],
    [
      'all were stopped by hand',
      end(false, halted(0), 'gone', halted(2)),
      'Stopped Stopped: each of its AgentTasks was stopped; 3 hosts: 3 not run',
    ],
    [
      'one was stopped, the others failed',
      end(false, halted(0), bad(1), bad(2)),
      'Failed HostsFailed: 3 hosts: 2 failed, 1 not run; see status.hosts for a, b, c',
    ],
    [
      'a name was taken',
      end(false, 'taken', good(1), good(2)),
      'PartlySucceeded HostsFailed: 3 hosts: 2 ok, 1 not run; see status.hosts for a',
    ],
  ])('%s', (_what, ending, expected) => {
    expect(ending).toBe(expected);
  });

  test('of many hosts that did not do well three are named', () => {
    const hosts = ['a', 'b', 'c', 'd', 'e'];
    const task = splitTask({ hosts });
    const { message } = endingOfFamily(
      verdicts(
        task,
        hosts.map((_, index) => endedChild(task, index, index === 0 ? 'Succeeded' : 'Failed')),
      ),
      false,
    );
    expect(message).toBe('5 hosts: 1 ok, 4 failed; see status.hosts for b, c, d and 1 more');
  });
});
