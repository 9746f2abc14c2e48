import { describe, expect, test } from 'vitest';

import { originalReport } from '../../../../apiserver/dispatch/original-report.ts';
import type {
  AgentTask,
  AgentTaskHostResult,
  AgentTaskPhase,
  AgentTaskSpec,
  AgentTaskStatus,
} from '../../../../crds/types/agenttask.ts';

function task(status: AgentTaskStatus, spec: Partial<AgentTaskSpec> = {}): AgentTask {
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'AgentTask',
    metadata: { name: 'run-1', namespace: 'default', labels: { 'fleetwright.io/id': '7' } },
    spec: { hosts: ['010.0.0.1', 'Web-1'], content: '- ping:', ...spec },
    status,
  };
}

describe('the report on a task in the original form', () => {
  test.each<[AgentTaskPhase, number]>([
    ['Pending', 0],
    ['Running', 0],
    ['Succeeded', 2],
    ['Failed', 3],
    ['Stopped', 4],
    ['PartlySucceeded', 5],
  ])('says of a task that is %s: %i', (phase, expected) => {
    expect(originalReport(task({ phase })).task).toMatchObject({ id: 7, status: expected });
  });

  test('has an error in JSON, as a text, always when the task failed and never otherwise', () => {
    expect(originalReport(task({ phase: 'Failed' })).task.err).toBe('{"msg": "playbook run failed"}');
    expect(originalReport(task({ phase: 'PartlySucceeded', message: 'said "no"' })).task.err).toBe(
      String.raw`{"msg": "said \"no\""}`,
    );
    const message = '1 host: 1 failed; see status.hosts for Web-1';
    expect(originalReport(task({ phase: 'Failed', message })).task.err).toBe(
      '{"msg": "1 host: 1 failed; see getlog for Web-1"}',
    );
    for (const phase of ['Pending', 'Running', 'Succeeded', 'Stopped'] as const)
      expect(originalReport(task({ phase, message: 'whatever' })).task.err).toBeNull();
  });

  test('has no nodes before the run begins, and all of them, as they were sent, from then on', () => {
    expect(originalReport(task({ phase: 'Pending' })).nodes).toEqual([]);
    expect(originalReport(task({ phase: 'Running' })).nodes).toEqual([
      { ip: '010.0.0.1', status: 0, log: null },
      { ip: 'Web-1', status: 0, log: null },
    ]);
  });

  test.each<AgentTaskPhase>(['Succeeded', 'Failed', 'Stopped', 'PartlySucceeded'])(
    'has all nodes of a task that is %s, even where nothing is known of them',
    (phase) => {
      expect(originalReport(task({ phase })).nodes.map(({ ip }) => ip)).toEqual(['010.0.0.1', 'Web-1']);
    },
  );

  test.each<[AgentTaskHostResult, number, string | null]>([
    ['ok', 2, '[]'],
    ['changed', 2, '[]'],
    ['skipped', 2, '[]'],
    ['failed', 3, '[]'],
    ['unreachable', 3, '[]'],
    ['notRun', 0, null],
  ])('shows a node with the result %s as %i with the log %j', (result, status, log) => {
    expect(originalReport(task({ phase: 'PartlySucceeded', hosts: [{ name: 'Web-1', result }] })).nodes[1]).toEqual({
      ip: 'Web-1',
      status,
      log,
    });
  });

  test('shows a task that was asked to stop as stopped, from the first moment and for good, with all its nodes', () => {
    for (const phase of ['Pending', 'Running', 'Succeeded', 'Failed', 'Stopped'] as const) {
      const report = originalReport(task({ phase, hosts: [{ name: 'Web-1', result: 'ok' }] }, { stop: true }));
      expect(report).toEqual({
        task: { id: 7, status: 4, err: null },
        nodes: [
          { ip: '010.0.0.1', status: 0, log: null },
          { ip: 'Web-1', status: 2, log: '[]' },
        ],
      });
    }
  });

  test('takes the nodes of a task on a group from its batches, those included that are told of together', () => {
    const { hosts: _, ...spec } = task({}).spec;
    const batches = [{ number: 1, hosts: ['db-1', 'db-2'], phase: 'PartlySucceeded', otherHosts: 'ok' }] as const;
    const status = { phase: 'PartlySucceeded', batches, hosts: [{ name: 'db-1', result: 'failed' }] } as const;
    expect(originalReport({ ...task(status), spec }).nodes).toEqual([
      { ip: 'db-1', status: 3, log: '[]' },
      { ip: 'db-2', status: 2, log: '[]' },
    ]);
  });
});
