import { Counter, Gauge, Histogram, type Registry } from '@prometheus-io/client';

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What the facade counts, beside the metrics of its connection to the API server. */
export class HttpMetrics {
  readonly #requests: Counter<'method' | 'route' | 'code'>;
  readonly #durations: Histogram<'method' | 'route'>;
  readonly #authFailures: Counter<'api' | 'code'>;
  readonly #shed: Counter<'reason'>;
  readonly #ids: Counter<'counter'>;
  readonly #registry: Registry;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#registry = registry;
    this.#requests = new Counter({
      name: 'fleetwright_http_requests_total',
      help: 'Requests answered; route "none": no such call.',
      labelNames: ['method', 'route', 'code'],
      registers,
    });
    this.#durations = new Histogram({
      name: 'fleetwright_http_request_duration_seconds',
      help: 'Time to answer.',
      labelNames: ['method', 'route'],
      buckets: seconds,
      registers,
    });
    this.#authFailures = new Counter({
      name: 'fleetwright_auth_failures_total',
      help: 'Callers not let in, by the reason.',
      labelNames: ['api', 'code'],
      registers,
    });
    this.#shed = new Counter({
      name: 'fleetwright_http_requests_shed_total',
      help: 'Requests turned away: lag: the process could not keep up; rate: the caller made too many.',
      labelNames: ['reason'],
      registers,
    });
    for (const reason of ['lag', 'rate']) this.#shed.inc({ reason }, 0);
    this.#ids = new Counter({
      name: 'fleetwright_ids_given_total',
      help: 'Ids given to new objects.',
      labelNames: ['counter'],
      registers,
    });
  }

  /** @param route the path of the route, never of the request, which a caller could fill without end */
  answered(method: string, route: string | undefined, code: number, durationSeconds: number): void {
    // Of unknown routes a caller may choose the method too, out of some thirty.
    const labels = route === undefined ? { method: 'any', route: 'none' } : { method, route };
    this.#requests.inc({ ...labels, code: String(code) });
    this.#durations.observe(labels, durationSeconds);
  }

  authFailed(api: string, code: string): void {
    this.#authFailures.inc({ api, code });
  }

  shed(reason: 'lag' | 'rate'): void {
    this.#shed.inc({ reason });
  }

  /** @returns ids from the same source, counted. */
  countIds(counter: string, ids: { next(): Promise<number> }): { next(): Promise<number> } {
    this.#ids.inc({ counter }, 0);
    return {
      next: async () => {
        const id = await ids.next();
        this.#ids.inc({ counter });
        return id;
      },
    };
  }

  /** @param milliseconds by which the process lags behind, asked for whenever metrics are read */
  observeLag(milliseconds: () => number): void {
    this.#gauge(
      'fleetwright_event_loop_lag_seconds',
      'By how much the process lags behind, on average over a second.',
      () => milliseconds() / 1000,
    );
  }

  /** @param caches by their name: when the API server was last heard of, in milliseconds of performance.now() */
  observeCaches(caches: Readonly<Record<string, { readonly lastContact: number }>>): void {
    const name = 'fleetwright_cache_age_seconds';
    const gauge: Gauge<'cache'> = new Gauge({
      name,
      help: 'Time since the API server was last heard of; bookmarks come about once a minute.',
      labelNames: ['cache'],
      registers: [this.#registry],
      collect() {
        for (const [cache, { lastContact }] of Object.entries(caches))
          gauge.set({ cache }, (performance.now() - lastContact) / 1000);
      },
    });
  }

  /** @param counts how many Secrets hold a credential, and how many hold one that cannot be used */
  observeCredentials(counts: () => { readonly usable: number; readonly broken: number }): void {
    this.#gauge('fleetwright_credentials', 'Secrets with a credential that can be used.', () => counts().usable);
    this.#gauge(
      'fleetwright_credentials_broken',
      'Secrets with a credential that cannot be used; the log says why.',
      () => counts().broken,
    );
  }

  #gauge(name: string, help: string, value: () => number): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect() {
        gauge.set(value());
      },
    });
  }
}
