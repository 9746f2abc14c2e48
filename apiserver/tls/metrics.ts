import { Counter, Gauge, type Registry } from '@prometheus-io/client';

/** What is counted of the certificate; there only where TLS is served. */
export class TlsMetrics {
  readonly #readings: Counter<'result'>;

  /** @param validTo the end of the certificate that is shown, asked for whenever metrics are read */
  constructor(registry: Registry, validTo: () => Date) {
    const registers = [registry];
    this.#readings = new Counter({
      name: 'fleetwright_tls_certificate_changes_total',
      help: 'Changed files of the certificate, by what came of them; refused: the old one stays, and the log says why.',
      labelNames: ['result'],
      registers,
    });
    for (const result of ['taken', 'refused']) this.#readings.inc({ result }, 0);
    const gauge: Gauge = new Gauge({
      name: 'fleetwright_tls_certificate_expiration_timestamp_seconds',
      help: 'When the certificate that callers are shown ends, as a Unix time.',
      registers,
      collect() {
        gauge.set(validTo().getTime() / 1000);
      },
    });
  }

  changed(result: 'taken' | 'refused'): void {
    this.#readings.inc({ result });
  }
}
