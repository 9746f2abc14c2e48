import { describe, expect, test } from 'vitest';

import { documentedReport } from '../../../../apiserver/dispatch/documented-report.ts';
import type { AgentTask, AgentTaskPhase, AgentTaskStatus } from '../../../../crds/types/agenttask.ts';
import { setConditions, reconciling, stalled } from '../../../../kube/conditions.ts';

const untouched = [
  {
    type: 'Ready',
    status: 'Unknown',
    reason: 'Pending',
    message: 'waiting for the controller',
    lastTransitionTime: '1970-01-01T00:00:00Z',
  },
] as const;

function task(status?: AgentTaskStatus): AgentTask {
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'AgentTask',
    metadata: {
      name: 'run-1',
      namespace: 'default',
      labels: { 'fleetwright.io/id': '7' },
      creationTimestamp: '2016-08-17T18:38:17Z',
    },
    spec: { hosts: ['123.207.136.186', 'Web-1'], content: '- ping:' },
    ...(status === undefined ? {} : { status }),
  };
}

describe("the report on a task in the document's form", () => {
  test('is the flat object of the document', () => {
    const status = {
      phase: 'Stopped',
      completionTime: '2016-08-17T18:38:22Z',
      conditions: untouched,
      message: 'stopped on request',
    } satisfies AgentTaskStatus;
    expect(documentedReport(task(status))).toEqual({
      create_time: 'Wed, 17 Aug 2016 18:38:17 GMT',
      err: 'stopped on request',
      id: 7,
      log: '[]',
      nodes: '["123.207.136.186","Web-1"]',
      status: 4,
      update_time: 'Wed, 17 Aug 2016 18:38:22 GMT',
    });
  });

  test.each<[AgentTaskPhase, number]>([
    ['Pending', 0],
    ['Running', 1],
    ['Succeeded', 2],
    ['Failed', 3],
    ['Stopped', 4],
    ['PartlySucceeded', 5],
  ])('says of a task that is %s: %i', (phase, expected) => {
    expect(documentedReport(task({ phase })).status).toBe(expected);
  });

  test.each<[message: string, err: string]>([
    ['2 hosts: 1 ok, 1 failed; see status.hosts for web-1', '2 hosts: 1 ok, 1 failed; see log for web-1'],
    [
      'spec.content, line 2, column 3: this is not valid YAML: x',
      'content, line 2, column 3: this is not valid YAML: x',
    ],
    ['spec.variables: "a-b" cannot be the name of a variable', 'params: "a-b" cannot be the name of a variable'],
    ['spec.hosts: the list is empty', 'nodes: the list is empty'],
    ['spec.credentialsSecretRef: there is no Secret key', 'spec.credentialsSecretRef: there is no Secret key'],
    [
      '1 host: 1 failed; web-2: Task "x": spec.hosts is empty',
      '1 host: 1 failed; web-2: Task "x": spec.hosts is empty',
    ],
  ])('speaks of what a caller has: %s', (message, err) => {
    expect(documentedReport(task({ phase: 'Failed', message }))).toMatchObject({ err });
  });

  test('of a task that nobody has looked at yet has its time of creation and no error', () => {
    for (const status of [undefined, { phase: 'Pending', conditions: untouched } as const]) {
      expect(documentedReport(task(status))).toMatchObject({
        status: 0,
        err: null,
        update_time: 'Wed, 17 Aug 2016 18:38:17 GMT',
      });
    }
  });

  test.each<[AgentTaskPhase, string]>([
    ['Failed', 'the task failed'],
    ['PartlySucceeded', 'the task failed'],
    ['Stopped', 'the task was stopped'],
  ])('of a task that is %s always has a text for the error', (phase, expected) => {
    expect(documentedReport(task({ phase })).err).toBe(expected);
    expect(documentedReport(task({ phase, message: 'why' })).err).toBe('why');
  });

  test('has no error for a task that goes well or just waits', () => {
    const waiting = setConditions(
      undefined,
      reconciling('WaitingForHost', 'host web-1 is used by task other'),
      1,
      new Date(),
    );
    expect(documentedReport(task({ phase: 'Pending', conditions: waiting })).err).toBeNull();
    expect(documentedReport(task({ phase: 'Running', message: 'under way' })).err).toBeNull();
    expect(documentedReport(task({ phase: 'Succeeded', message: '1 host: 1 ok' })).err).toBeNull();
  });

  test('says why a task waits that somebody has to help', () => {
    const conditions = setConditions(
      undefined,
      stalled('SecretMissing', 'there is no Secret ssh-key'),
      1,
      new Date('2016-08-17T19:00:00Z'),
    );
    expect(documentedReport(task({ phase: 'Pending', conditions }))).toMatchObject({
      status: 0,
      err: 'there is no Secret ssh-key',
      update_time: 'Wed, 17 Aug 2016 19:00:00 GMT',
    });
  });

  test('lists each host with its result', () => {
    const counts = { ok: 2, changed: 1, failed: 0, skipped: 0, unreachable: 0 };
    const hosts = [
      { name: 'Web-1', result: 'changed', counts },
      { name: '123.207.136.186', result: 'unreachable', message: 'no route' },
    ] as const;
    const report = documentedReport(task({ phase: 'PartlySucceeded', hosts }));
    expect(JSON.parse(report.log)).toEqual([
      { host: 'Web-1', result: 'changed', message: '', ...counts },
      { host: '123.207.136.186', result: 'unreachable', message: 'no route' },
    ]);
  });
});
