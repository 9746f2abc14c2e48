import { describe, expect, test } from 'vitest';

import type { Plan } from '../../../../controllers/agenttask/intents.ts';
import { ended, planned, progress, stuck, waiting } from '../../../../controllers/agenttask/reports.ts';
import type { AgentTaskPhase, AgentTaskStatus } from '../../../../crds/types/agenttask.ts';
import { findCondition, isTrue } from '../../../../kube/conditions.ts';
import { now, shown } from '../../../harness/agenttask/observed.ts';

/**
 * What a tool that waits for readiness concludes, by the published rules of kstatus: a status of an older generation is
 * in progress; Reconciling is in progress; Stalled has failed; Ready decides where neither is True; nothing said counts
 * as current.
 */
function verdict(generation: number, status: AgentTaskStatus | undefined): 'InProgress' | 'Failed' | 'Current' {
  if (status?.observedGeneration !== undefined && status.observedGeneration !== generation) return 'InProgress';
  if (isTrue(status?.conditions, 'Reconciling')) return 'InProgress';
  if (isTrue(status?.conditions, 'Stalled')) return 'Failed';
  return findCondition(status?.conditions, 'Ready')?.status === 'False' ? 'InProgress' : 'Current';
}

const task = shown();

function ending(phase: AgentTaskPhase, message = 'so it is'): Plan {
  return ended(task, now, { phase, reason: phase, message, hosts: [] });
}

function succeeded(status: AgentTaskStatus | undefined): string | undefined {
  return findCondition(status?.conditions, 'Succeeded')?.status;
}

describe('what tools that wait for readiness conclude', () => {
  test.each<readonly [string, AgentTaskStatus | undefined, string]>([
    ['a task that waits', waiting(task, now, 'HostClaimed', 'waits', 1).status, 'InProgress'],
    ['a task that runs', progress(task, now, 'Running', 'Running', 'runs'), 'InProgress'],
    ['a task that is stuck', stuck(task, now, 'JobNotFound', 'no job', 1).status, 'Failed'],
    ['a dry run that was planned', planned(task, now, ['a']).status, 'Current'],
    ['a task that succeeded', ending('Succeeded').status, 'Current'],
    ['a task that partly succeeded', ending('PartlySucceeded').status, 'Failed'],
    ['a task that failed', ending('Failed').status, 'Failed'],
    ['a task that was stopped', ending('Stopped').status, 'Failed'],
    ['a task that was changed since', { ...ending('Succeeded').status, observedGeneration: 2 }, 'InProgress'],
  ])('%s', (_name, status, expected) => {
    expect(verdict(3, status)).toBe(expected);
  });
});

describe('reports', () => {
  test('Succeeded is Unknown until the end, True after a full success only', () => {
    expect(
      [
        progress(task, now, 'Running', 'Running', ''),
        planned(task, now, []).status,
        stuck(task, now, 'A', '', 1).status,
      ].map(succeeded),
    ).toEqual(['Unknown', 'Unknown', 'Unknown']);
    expect(
      (['Succeeded', 'PartlySucceeded', 'Failed', 'Stopped'] as const).map((phase) => succeeded(ending(phase).status)),
    ).toEqual(['True', 'False', 'False', 'False']);
  });

  test('an end has its time, its message, and an event that warns of anything but success', () => {
    expect(ending('Failed', 'disk full')).toMatchObject({
      status: { phase: 'Failed', completionTime: '2026-01-01T12:00:00Z', message: 'disk full' },
      event: { type: 'Warning', note: 'disk full' },
    });
    expect(ending('Succeeded').event?.type).toBe('Normal');
  });

  test('the message of a stall goes when the task goes on', () => {
    const stalled = stuck(task, now, 'SecretNotFound', 'no Secret', 1).status;
    expect(stalled?.message).toBe('no Secret');
    expect(progress(shown({}, stalled), now, 'Pending', 'HostClaimed', 'waits')).not.toHaveProperty('message');
  });

  test('messages are cut to what the schema allows, between characters', () => {
    const { status } = ending('Failed', '🚀'.repeat(2000));
    expect(status?.message?.length).toBeLessThanOrEqual(1024);
    expect(status?.message?.isWellFormed()).toBe(true);
    expect(status?.conditions?.every((condition) => condition.message.length <= 1024)).toBe(true);
  });

  test('a condition keeps its time while its status stays', () => {
    const first = progress(task, now, 'Pending', 'HostClaimed', 'waits for a');
    const second = progress(
      shown({}, first),
      new Date('2026-01-01T13:00:00Z'),
      'Pending',
      'HostClaimed',
      'waits for b',
    );
    expect(second.conditions?.map((condition) => condition.lastTransitionTime)).toEqual(
      first.conditions?.map((condition) => condition.lastTransitionTime),
    );
  });
});
