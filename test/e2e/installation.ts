import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Site } from './site.ts';
import { keySecret, system } from './names.ts';

/** Fleetwright installed with its chart, for one file of tests. */
export class Installation {
  readonly site: Site;
  /** Namespaces of tasks. The first is that of tasks made by REST. */
  readonly #namespaces: readonly string[];
  readonly #values: readonly string[];

  /** @param values further arguments of helm, such as `--set=name=value` */
  constructor(site: Site, namespaces: readonly string[], values: readonly string[] = []) {
    this.site = site;
    this.#namespaces = namespaces;
    this.#values = values;
  }

  /**
   * Makes all namespaces, which enforce Pod Security "restricted", with the key in those of tasks, and installs. Throws
   * ClusterError.
   */
  async begin(): Promise<void> {
    const { site } = this;
    await site.makeNamespaces([system, ...this.#namespaces]);
    await site.apply(this.#namespaces.map((namespace) => this.key(namespace)));
    const { local } = site.e2e;
    if (local !== undefined) {
      await mkdir(join(local.folders[site.e2e.nodes[0] ?? ''] ?? '', this.historyFolder), { recursive: true });
      await site.apply([site.historyVolume(this.historyFolder)]);
    }
    await this.helm('install');
    site.serviceAddress = await site.kubectl([
      'get',
      'service',
      'fleetwright-facade',
      '--namespace',
      system,
      '-o',
      'jsonpath={.spec.clusterIP}:{.spec.ports[0].port}',
    ]);
  }

  /** Where its node keeps the history: another place for each installation, since ids begin at 1 in each. */
  get historyFolder(): string {
    return `/var/lib/fleetwright-e2e-${this.#namespaces[0]}`;
  }

  /** Installs or upgrades, and waits until all pods are Ready. What comes later in the values counts. */
  async helm(command: 'install' | 'upgrade', values: readonly string[] = []): Promise<void> {
    const { site } = this;
    await site.helm([
      command,
      'fleetwright',
      site.chart,
      '--namespace',
      system,
      '--wait',
      '--timeout',
      '5m',
      ...site.values(this.#namespaces[0] ?? ''),
      ...this.#values,
      ...values,
    ]);
  }

  /** The Secret that opens the SSH hosts. */
  key(namespace: string): object {
    const { privateKey, knownHosts } = this.site.e2e;
    return {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: keySecret, namespace },
      stringData: { 'ssh-privatekey': privateKey, known_hosts: knownHosts },
    };
  }

  /** Uninstalls, with all tasks, and removes the namespaces. Doing it twice is fine. */
  async end(): Promise<void> {
    await this.site.helm([
      'uninstall',
      'fleetwright',
      '--namespace',
      system,
      '--ignore-not-found',
      '--wait',
      '--timeout',
      '5m',
    ]);
    await this.site.removeNamespaces([system, ...this.#namespaces]);
  }
}
