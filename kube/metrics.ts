import { Counter, Gauge, Histogram, Registry } from '@prometheus-io/client';

import type { QueueObserver } from './queue.ts';

/** What became of a pass. `requeue`: it met a conflict and runs again. */
export type PassResult = 'success' | 'error' | 'requeue' | 'requeue_after';

const passResults = ['success', 'error', 'requeue', 'requeue_after'] as const;
const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Metrics under controller-runtime's names, so that its dashboards and alerts work. */
export class RuntimeMetrics {
  readonly registry: Registry;
  readonly #reconciles: Counter<'controller' | 'result'>;
  readonly #errors: Counter<'controller'>;
  readonly #terminalErrors: Counter<'controller'>;
  readonly #panics: Counter<'controller'>;
  readonly #durations: Histogram<'controller'>;
  readonly #maxConcurrent: Gauge<'controller'>;
  readonly #active: Gauge<'controller'>;
  readonly #leading: Gauge<'name'>;
  readonly #requests: Counter<'code' | 'method' | 'host'>;
  readonly #queue: QueueMetrics;

  constructor(registry = new Registry()) {
    const registers = [registry];
    this.registry = registry;
    const controller = { labelNames: ['controller'] as const, registers };
    this.#reconciles = new Counter({
      name: 'controller_runtime_reconcile_total',
      help: 'Passes by result.',
      labelNames: ['controller', 'result'],
      registers,
    });
    this.#errors = new Counter({
      name: 'controller_runtime_reconcile_errors_total',
      help: 'Passes that failed.',
      ...controller,
    });
    this.#terminalErrors = new Counter({
      name: 'controller_runtime_terminal_reconcile_errors_total',
      help: 'Passes that failed and are not repeated.',
      ...controller,
    });
    this.#panics = new Counter({
      name: 'controller_runtime_reconcile_panics_total',
      help: 'Passes that failed by a programming error.',
      ...controller,
    });
    this.#durations = new Histogram({
      name: 'controller_runtime_reconcile_time_seconds',
      help: 'Duration of passes.',
      buckets: seconds,
      ...controller,
    });
    this.#maxConcurrent = new Gauge({
      name: 'controller_runtime_max_concurrent_reconciles',
      help: 'Workers.',
      ...controller,
    });
    this.#active = new Gauge({
      name: 'controller_runtime_active_workers',
      help: 'Workers with a pass under way.',
      ...controller,
    });
    this.#leading = new Gauge({
      name: 'leader_election_master_status',
      help: '1 while this process leads.',
      labelNames: ['name'],
      registers,
    });
    this.#requests = new Counter({
      name: 'rest_client_requests_total',
      help: 'API server calls; code 0: no answer.',
      labelNames: ['code', 'method', 'host'],
      registers,
    });
    this.#queue = new QueueMetrics(registry);
  }

  /** Makes every series of a controller at zero, so that a rate over the first error is not lost. */
  register(controller: string, workers: number): void {
    for (const result of passResults) this.#reconciles.inc({ controller, result }, 0);
    for (const counter of [this.#errors, this.#terminalErrors, this.#panics]) counter.inc({ controller }, 0);
    this.#active.set({ controller }, 0);
    this.#maxConcurrent.set({ controller }, workers);
  }

  passStarted(controller: string): void {
    this.#active.inc({ controller });
  }

  passEnded(controller: string, result: PassResult, durationSeconds: number): void {
    this.#active.dec({ controller });
    this.#reconciles.inc({ controller, result });
    this.#durations.observe({ controller }, durationSeconds);
  }

  failed(controller: string, kind: 'error' | 'terminal' | 'panic'): void {
    this.#errors.inc({ controller });
    if (kind === 'terminal') this.#terminalErrors.inc({ controller });
    if (kind === 'panic') this.#panics.inc({ controller });
  }

  leading(name: string, leads: boolean): void {
    this.#leading.set({ name }, leads ? 1 : 0);
  }

  /** For TransportOptions.onAnswer. */
  readonly answered = (method: string, code: number, host: string): void => {
    this.#requests.inc({ method, code: String(code), host });
  };

  queueObserver(name: string, processing: () => Iterable<number>): QueueObserver {
    return this.#queue.observer(name, processing);
  }
}

class QueueMetrics {
  readonly #adds: Counter<'name'>;
  readonly #retries: Counter<'name'>;
  readonly #depth: Gauge<'name'>;
  readonly #waited: Histogram<'name'>;
  readonly #worked: Histogram<'name'>;
  readonly #underWork = new Map<string, () => Iterable<number>>();

  constructor(registry: Registry) {
    const common = { labelNames: ['name'] as const, registers: [registry] };
    this.#adds = new Counter({ name: 'workqueue_adds_total', help: 'Keys added.', ...common });
    this.#retries = new Counter({
      name: 'workqueue_retries_total',
      help: 'Keys added again after a failure.',
      ...common,
    });
    this.#depth = new Gauge({ name: 'workqueue_depth', help: 'Keys waiting.', ...common });
    this.#waited = new Histogram({
      name: 'workqueue_queue_duration_seconds',
      help: 'How long keys waited.',
      buckets: seconds,
      ...common,
    });
    this.#worked = new Histogram({
      name: 'workqueue_work_duration_seconds',
      help: 'How long keys were worked on.',
      buckets: seconds,
      ...common,
    });
    const collectors = {
      unfinished: (ages: number[]) => ages.reduce((sum, age) => sum + age, 0),
      longest: (ages: number[]) => Math.max(0, ...ages),
    };
    this.#age(
      'workqueue_unfinished_work_seconds',
      'Seconds of work under way, summed.',
      collectors.unfinished,
      registry,
    );
    this.#age(
      'workqueue_longest_running_processor_seconds',
      'Age of the oldest pass under way.',
      collectors.longest,
      registry,
    );
  }

  observer(name: string, processing: () => Iterable<number>): QueueObserver {
    this.#underWork.set(name, processing);
    this.#adds.inc({ name }, 0);
    this.#retries.inc({ name }, 0);
    return {
      added: () => this.#adds.inc({ name }),
      retried: () => this.#retries.inc({ name }),
      depth: (depth) => this.#depth.set({ name }, depth),
      waited: (value) => this.#waited.observe({ name }, value),
      worked: (value) => this.#worked.observe({ name }, value),
    };
  }

  #age(metric: string, help: string, fold: (ages: number[]) => number, registry: Registry): void {
    const underWork = this.#underWork;
    const gauge: Gauge<'name'> = new Gauge({
      name: metric,
      help,
      labelNames: ['name'],
      registers: [registry],
      collect() {
        const now = performance.now();
        for (const [name, processing] of underWork)
          gauge.set({ name }, fold([...processing()].map((since) => (now - since) / 1000)));
      },
    });
  }
}
