import { Counter, Histogram, type Registry } from '@prometheus-io/client';

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What the facade counts, beside the metrics of its connection to the API server. */
export class HttpMetrics {
  readonly #requests: Counter<'method' | 'route' | 'code'>;
  readonly #durations: Histogram<'method' | 'route'>;
  readonly #authFailures: Counter<'api' | 'code'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#requests = new Counter({ name: 'fleetwright_http_requests_total', help: 'Requests answered; route "none": no such call.', labelNames: ['method', 'route', 'code'], registers });
    this.#durations = new Histogram({ name: 'fleetwright_http_request_duration_seconds', help: 'Time to answer.', labelNames: ['method', 'route'], buckets: seconds, registers });
    this.#authFailures = new Counter({ name: 'fleetwright_auth_failures_total', help: 'Callers not let in, by the reason.', labelNames: ['api', 'code'], registers });
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
}
