import { expect, test } from 'vitest';

import { Controller } from '../../../kube/controller.ts';
import { RuntimeMetrics } from '../../../kube/metrics.ts';
import { silent } from './silent.ts';

async function lines(metrics: RuntimeMetrics, start: string): Promise<readonly string[]> {
  return (await metrics.registry.metrics()).split('\n').filter((line) => line.startsWith(start));
}

test('the metrics have the names that dashboards for controller-runtime ask for', async () => {
  const metrics = new RuntimeMetrics();
  const names = (await lines(metrics, '# TYPE ')).map((line) => line.split(' ')[2]);
  expect(new Set(names)).toEqual(
    new Set([
      'controller_runtime_active_workers',
      'controller_runtime_max_concurrent_reconciles',
      'controller_runtime_reconcile_errors_total',
      'controller_runtime_reconcile_panics_total',
      'controller_runtime_reconcile_time_seconds',
      'controller_runtime_reconcile_total',
      'controller_runtime_terminal_reconcile_errors_total',
      'leader_election_master_status',
      'rest_client_requests_total',
      'workqueue_adds_total',
      'workqueue_depth',
      'workqueue_longest_running_processor_seconds',
      'workqueue_queue_duration_seconds',
      'workqueue_retries_total',
      'workqueue_unfinished_work_seconds',
      'workqueue_work_duration_seconds',
    ]),
  );
});

test('answers of the API server are counted by code, method and host, with code 0 where none came', async () => {
  const metrics = new RuntimeMetrics();
  for (const code of [200, 200, 0]) metrics.answered('GET', code, 'api:6443');
  expect(await lines(metrics, 'rest_client_requests_total')).toEqual([
    'rest_client_requests_total{method="GET",code="200",host="api:6443"} 2',
    'rest_client_requests_total{method="GET",code="0",host="api:6443"} 1',
  ]);
});

test('passes under way show in the metrics with their age, and no more when they have ended', async () => {
  const metrics = new RuntimeMetrics();
  const [began, mayEnd] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const controller = new Controller({
    name: 'slow',
    workers: 3,
    log: silent,
    metrics,
    reconcile: async () => {
      began.resolve();
      await mayEnd.promise;
      return {};
    },
  });
  const running = controller.run();
  controller.queue.add('a');
  await began.promise;
  const oldest = async (): Promise<number> =>
    Number((await lines(metrics, 'workqueue_longest_running_processor_seconds'))[0]?.split(' ')[1]);
  expect(await oldest()).toBeGreaterThan(0);
  expect(await lines(metrics, 'controller_runtime_active_workers')).toEqual([
    'controller_runtime_active_workers{controller="slow"} 1',
  ]);
  expect(await lines(metrics, 'controller_runtime_max_concurrent_reconciles')).toEqual([
    'controller_runtime_max_concurrent_reconciles{controller="slow"} 3',
  ]);
  mayEnd.resolve();
  controller.queue.close();
  await running;
  expect(await oldest()).toBe(0);
  expect(await lines(metrics, 'controller_runtime_active_workers')).toEqual([
    'controller_runtime_active_workers{controller="slow"} 0',
  ]);
  expect(await lines(metrics, 'workqueue_work_duration_seconds_count')).toEqual([
    'workqueue_work_duration_seconds_count{name="slow"} 1',
  ]);
});
