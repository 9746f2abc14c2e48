import { expect, test } from 'vitest';

import { Reports } from '../../../../apiserver/dispatch/reports.ts';
import type { AgentTask } from '../../../../crds/types/agenttask.ts';

function task(name: string): AgentTask {
  return { apiVersion: 'fleetwright.io/v1alpha1', kind: 'AgentTask', metadata: { name }, spec: {} };
}

test('a report is written once for an object, and anew when a later one takes its place', () => {
  const written: string[] = [];
  const reports = new Reports(({ metadata: { name } }) => {
    written.push(name);
    return { name };
  });
  const first = task('a');
  for (let time = 0; time < 3; time += 1) expect(reports.textOf(first)).toBe('{"code":0,"content":{"name":"a"}}');
  reports.textOf(task('a'));
  expect(written).toEqual(['a', 'a']);
});

test('a report that is large is not kept', () => {
  let written = 0;
  const reports = new Reports(() => ({ written: (written += 1), log: 'x'.repeat(10_000) }));
  const large = task('a');
  reports.textOf(large);
  reports.textOf(large);
  expect(written).toBe(2);
});
