import { describe, expect, test } from 'vitest';

import type { Observed } from '../../../../../controllers/agenttask/observe.ts';
import { plan } from '../../../../../controllers/agenttask/plan.ts';
import type { AgentTask, AgentTaskHost, AgentTaskStatus } from '../../../../../crds/types/agenttask.ts';
import { findCondition } from '../../../../../kube/conditions.ts';
import { batchTask, groupTask, staged, threeBatches, unbegun } from '../../../../harness/agenttask/staged.ts';
import { noClaims, now } from '../../../../harness/agenttask/observed.ts';
import { claimed, limits, told } from '../plans.ts';

const known = { is: 'known', batches: threeBatches } as const;
const well = { phase: 'Succeeded', task: 'x' } as const;
const badly = { phase: 'Failed', task: 'x', reason: 'HostsFailed', message: 'no luck' } as const;
const results = (...all: readonly AgentTaskHost['result'][]): AgentTaskHost[] =>
  all.map((result, index) => ({ name: ['a', 'b', 'c', 'd'][index] ?? '', result }));
const halfway = { hosts: results('ok', 'unreachable', 'ok') };
const first = groupTask();
const second = groupTask({}, [well]);
const held = groupTask({}, [badly], halfway);
const proceed = { revision: 'x', action: 'Proceed', user: 'alice', time: '2026-01-01T11:59:30Z' } as const;
const decisions = [{ ...proceed, batch: 2 }];
const confirmed = groupTask({}, [badly], { ...halfway, decisions });
const ends = (task: AgentTask, number: number, status: AgentTaskStatus): Observed =>
  staged(task, [...Array.from({ length: number - 1 }, () => undefined), batchTask(task, number, status)]);

function confirms(world: Observed): unknown {
  return plan(world, now, limits).status?.batches?.map(({ confirm }) => confirm);
}

/** What a task under way says when its group has these batches by now. */
function beside(task: AgentTask, ...batches: readonly (readonly string[])[]): AgentTaskStatus {
  return plan({ ...staged(task, []), groupNow: { is: 'known', batches } }, now, limits).status ?? {};
}

function drift({ conditions }: AgentTaskStatus): unknown {
  return findCondition(conditions, 'GroupChanged');
}

describe('a task on a DeployGroup', () => {
  test.each<[string, Observed, readonly string[], string | undefined, number | undefined]>([
    [
      'is frozen and recorded as running, and has all its hosts, before anything is made',
      unbegun(known),
      ['addFinalizer', 'claimHosts'],
      'Running Running: running on 4 hosts in 3 batches, one batch after the other',
      undefined,
    ],
    [
      'waits for a host of its last batch, and holds none meanwhile',
      { ...unbegun(known), claims: { ...noClaims, held: ['a'], taken: [claimed] } },
      ['releaseHosts'],
      'Pending HostClaimed: host web-1 is claimed by AgentTask prod/rollout',
      15,
    ],
    [
      'lets go a host that an earlier start claimed and that is in no batch any more',
      { ...unbegun(known), claims: { ...noClaims, held: ['a', 'z'] } },
      ['addFinalizer', 'releaseHosts', 'claimHosts'],
      'Running Running: running on 4 hosts in 3 batches, one batch after the other',
      undefined,
    ],
    [
      'that is shared claims nothing',
      unbegun(known, { shared: true }),
      ['addFinalizer'],
      'Running Running: running on 4 hosts in 3 batches, one batch after the other',
      undefined,
    ],
    [
      'waits for the group to be resolved',
      unbegun({ is: 'comes', reason: 'GroupNotResolved', message: 'DeployGroup web is being resolved' }),
      [],
      'Pending GroupNotResolved: DeployGroup web is being resolved',
      60,
    ],
    [
      'with nothing to undo ends at once',
      unbegun({ is: 'known', batches: [] }, { rollbackOf: { name: 'old' } }),
      [],
      'Succeeded NothingToUndo: there is nothing to undo: the task to be undone has changed no host',
      undefined,
    ],
    [
      'begins with its first batch',
      staged(first, []),
      ['makeChildren'],
      'Running Running: batch 1 of 3: on 2 hosts',
      1,
    ],
    [
      'records the end of a batch before it makes the next',
      ends(first, 1, { phase: 'Succeeded', hosts: results('ok', 'ok') }),
      [],
      'Running Running: batch 2 of 3: on 1 host',
      1,
    ],
    [
      'makes the next when that is recorded',
      staged(second, []),
      ['makeChildren'],
      'Running Running: batch 2 of 3: on 1 host',
      1,
    ],
    [
      'does not make what it made a moment ago',
      staged(second, [undefined, 'unseen']),
      [],
      'Running Running: batch 2 of 3: on 1 host',
      30,
    ],
    [
      'waits for confirmation after a batch with a host that could not be reached',
      staged(held, []),
      [],
      'Running WaitConfirm: batch 1 of 3 did not succeed (b: unreachable): ' +
        'set spec.confirm to {"batch": 2, "revision": "REV", "user": "<your user name>"} ' +
        'to let batch 2 begin, or spec.stop to end the task',
      3600,
    ],
    [
      'goes on when that is confirmed',
      staged(confirmed, []),
      ['makeChildren'],
      'Running Running: batch 2 of 3: on 1 host',
      1,
    ],
    [
      'takes no confirmation for a batch that fails later',
      staged(groupTask({}, [badly, badly], { decisions }), []),
      [],
      'Running WaitConfirm: batch 2 of 3 did not succeed (no luck): ' +
        'set spec.confirm to {"batch": 3, "revision": "REV", "user": "<your user name>"} ' +
        'to let batch 3 begin, or spec.stop to end the task',
      3600,
    ],
    [
      'that is confirmed once goes on through batches that do well',
      staged(groupTask({}, [badly, well], { decisions }), []),
      ['makeChildren'],
      'Running Running: batch 3 of 3: on 1 host',
      1,
    ],
    [
      'waits for confirmation where the content left a host out, although its task succeeded',
      ends(first, 1, { phase: 'Succeeded', hosts: results('ok', 'notRun') }),
      [],
      'Running WaitConfirm: batch 1 of 3 did not succeed (the content did not run on b): ' +
        'set spec.confirm to {"batch": 2, "revision": "REV", "user": "<your user name>"} ' +
        'to let batch 2 begin, or spec.stop to end the task',
      3600,
    ],
    [
      'that is paused begins no batch',
      staged(groupTask({ paused: true }, [well]), []),
      [],
      'Running Paused: spec.paused is true: what runs goes on, and no batch begins; at batch 2 of 3',
      30,
    ],
    [
      'passes a stop down',
      ends(groupTask({ stop: true }), 1, { phase: 'Running' }),
      ['changeChildren'],
      'Running Stopping: stopping, because spec.stop is true: at batch 1 of 3',
      30,
    ],
    [
      'that is stopped while it waits for confirmation ends',
      staged(groupTask({ stop: true }, [badly], halfway), []),
      [],
      'Stopped Stopped: stopped on request; 4 hosts: 1 ok, 1 unreachable, 2 not run',
      undefined,
    ],
    [
      'whose last batch fails ends, with nothing left to confirm',
      staged(groupTask({}, [well, well, badly], { hosts: results('ok', 'ok', 'ok', 'failed') }), []),
      [],
      'PartlySucceeded BatchesFailed: batch 3 of 3 did not succeed; 4 hosts: 3 ok, 1 failed; see status.batches',
      undefined,
    ],
    [
      'tells of a refusal',
      staged(second, [], { refusal: { message: 'exceeded quota', at: now } }),
      [],
      'Running ChildrenRefused: the API server refuses the AgentTask: exceeded quota',
      10,
    ],
  ])('%s', (_what, world, does, says, again) => {
    const { says: said, ...others } = told(plan(world, now, limits));
    const plain = said?.replace(/"revision": "[0-9a-f]{12}"/, '"revision": "REV"');
    expect({ ...others, says: plain }).toEqual({ does, says, again });
  });

  test('shows its batches while it waits, and none that are not known any more', () => {
    const waits = { ...unbegun(known), claims: { ...noClaims, taken: [claimed] } };
    const { status } = plan(waits, now, limits);
    expect(status?.batches?.map(({ hosts, phase }) => [hosts, phase])).toEqual(
      threeBatches.map((hosts) => [hosts, 'Pending']),
    );
    const gone = unbegun({ is: 'lacks', reason: 'GroupNotFound', message: 'there is none' });
    const task = { ...gone.task, status: { ...status, phase: 'Pending' as const } };
    expect(plan({ ...gone, task }, now, limits).status).not.toHaveProperty('batches');
  });

  test('says what its group has become meanwhile, and keeps its hosts', () => {
    expect(drift(beside(second, ['d', 'c'], ['b', 'a']))).toBeUndefined();
    const changed = beside(second, ['a', 'b'], ['d', 'z']);
    const message = 'DeployGroup web no longer has c, and has z besides: the task keeps its hosts';
    expect(drift(changed)).toMatchObject({ status: 'True', message });
    expect(changed.batches?.map(({ hosts }) => hosts)).toEqual(threeBatches);
    const later = beside({ ...second, status: changed }, ...threeBatches);
    expect(drift(later)).toMatchObject({ status: 'False', reason: 'SameHosts' });
    const gone = { is: 'lacks', reason: 'GroupNotFound', message: 'there is none' } as const;
    const { status } = plan({ ...staged(second, []), groupNow: gone }, now, limits);
    expect(drift(status ?? {})).toMatchObject({ message: 'DeployGroup web is gone: the task keeps its hosts' });
  });

  test('tells in status.batches which batch waits for confirmation, and which was confirmed', () => {
    expect(confirms(staged(held, []))).toEqual(['WaitConfirm', undefined, undefined]);
    expect(confirms(staged(confirmed, []))).toEqual(['Confirmed', undefined, undefined]);
  });

  test('a child is given the hosts of its batch, and as many variables as the task has', () => {
    const variables = { version: 2 };
    const { spec } = batchTask(groupTask({ variables, rollbackOf: { name: 'x' } }), 1, {});
    expect(spec.hosts).toEqual(['a', 'b']);
    expect(spec.variables).toEqual(variables);
    expect(spec).not.toHaveProperty('groupRef');
    expect(spec).not.toHaveProperty('rollbackOf');
  });
});
