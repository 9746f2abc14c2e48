import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { system } from './names.ts';
import type { Site } from './site.ts';

/** One controller has taken over from another. */
export interface HandOver {
  readonly from: string;
  readonly to: string;
  /** Seconds between the last sign of life of the one and the moment at which the other took the lease. */
  readonly seconds: number;
}

interface Sight {
  readonly holder: string;
  readonly acquired: number;
  readonly renewed: number;
}

const columns = String.raw`jsonpath={.spec.holderIdentity}{","}{.spec.acquireTime}{","}{.spec.renewTime}{"\n"}`;

/** Watches the lease by which the controllers choose who leads. */
export class LeaseWatch {
  readonly #child: ChildProcess;
  readonly #sights: Sight[] = [];
  #changed: () => void = () => {};

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async open({ e2e }: Site): Promise<LeaseWatch> {
    const args = ['get', 'lease', 'fleetwright-controllers', '--namespace', system, '--watch', '-o', columns];
    const child = spawn(e2e.kubectlPath, args, {
      env: { ...process.env, KUBECONFIG: e2e.kubeconfigPath },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const watch = new LeaseWatch(child);
    createInterface({ input: child.stdout }).on('line', (line) => watch.#see(line));
    await watch.#until(() => watch.#sights.length > 0);
    return watch;
  }

  /** Who leads, by the lease; empty while nobody does. */
  get holder(): string {
    return this.#sights.at(-1)?.holder ?? '';
  }

  /** All of them so far. A lease that was given back counts from then on. */
  get handOvers(): readonly HandOver[] {
    return this.#sights.flatMap((sight, index) => {
      const before = this.#sights[index - 1];
      if (before === undefined || before.holder === sight.holder || sight.holder === '') return [];
      const last = this.#sights.slice(0, index).findLast(({ holder }) => holder !== '');
      return [{ from: last?.holder ?? '', to: sight.holder, seconds: (sight.acquired - before.renewed) / 1000 }];
    });
  }

  /** Waits until another one than `holder` leads. */
  async takenFrom(holder: string): Promise<void> {
    await this.#until(() => this.holder !== '' && this.holder !== holder);
  }

  async close(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.kill();
    await exited;
  }

  #see(line: string): void {
    const [holder = '', acquired = '', renewed = ''] = line.split(',');
    this.#sights.push({ holder, acquired: Date.parse(acquired), renewed: Date.parse(renewed) });
    this.#changed();
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => (this.#changed = resolve));
  }
}
