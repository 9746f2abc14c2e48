import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { writeRunLog } from '../../../controllers/agenttask/run/log-parts.ts';
import { decodeRunLog, runLogKey, stepsPerPart, type RunStep } from '../../../crds/runlog.ts';
import { agentTasks, type AgentTask } from '../../../crds/types/agenttask.ts';
import { configMaps } from '../../../kube/builtin.ts';
import { testCluster, uniqueNamespace } from '../../cluster/testing.ts';
import { connect } from '../kube/cluster.ts';

/** Steps that all failed, each with another message that hardly packs. */
function noisy(count: number): RunStep[] {
  return Array.from({ length: count }, (_, index) => ({
    host: `web-${index}`,
    name: 'work',
    action: 'ansible.builtin.command',
    start: '2026-03-01T10:00:00Z',
    end: '2026-03-01T10:00:01Z',
    result: 'failed',
    message: randomBytes(512).toString('utf16le').toWellFormed(),
  }));
}

test('a real API server takes the log of a run, with messages as long as they may be, and twice', async () => {
  const client = connect(testCluster().kubeconfigPath);
  const namespace = await uniqueNamespace();
  const made: AgentTask = {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'AgentTask',
    metadata: { namespace, name: 'noisy' },
    spec: { hosts: ['web-1'], content: '- ping:\n' },
  };
  const task = await client.create(agentTasks, made);
  const run = `${task.metadata.uid}-1`;
  const steps = noisy(stepsPerPart + 3);
  await writeRunLog(client, task, run, steps.slice(0, 10));
  await writeRunLog(client, task, run, steps);
  await writeRunLog(client, task, run, steps);

  const { items } = await client.list(configMaps, {
    namespace,
    labelSelector: `fleetwright.io/run-log=${task.metadata.uid}`,
  });
  expect(items.map(({ metadata }) => metadata.name).toSorted()).toEqual([`run-log-${run}-0`, `run-log-${run}-1`]);
  const [first, second] = items
    .toSorted((a, b) => a.metadata.name.localeCompare(b.metadata.name))
    .map(({ binaryData }) => decodeRunLog(binaryData?.[runLogKey] ?? '').steps);
  expect(second).toEqual(steps.slice(stepsPerPart));
  // As docs/content.md tells to read it.
  const text = await testCluster().kubectl([
    '-n',
    namespace,
    'get',
    'configmap',
    '-l',
    `fleetwright.io/run-log=${task.metadata.uid}`,
    '-o',
    String.raw`jsonpath={range .items[*]}{.binaryData.steps\.jsonl\.gz}{"\n"}{end}`,
  ]);
  expect(
    text.stdout
      .trim()
      .split('\n')
      .map((part) => decodeRunLog(part).steps.length),
  ).toEqual([stepsPerPart, 3]);
  // Messages give way, steps do not.
  expect(first?.map(({ host, result }) => [host, result])).toEqual(
    steps.slice(0, stepsPerPart).map(({ host, result }) => [host, result]),
  );
  expect(first?.[0]?.message?.length).toBeGreaterThan(0);
});
