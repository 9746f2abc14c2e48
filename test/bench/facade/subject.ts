import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { pickPorts } from '../../cluster/ports.ts';
import { Child } from '../child.ts';
import { nodeEnvironment, nodeFlags } from '../managers.ts';
import { cpuTime, memoryUse, type MemoryUse } from '../process-stats.ts';

export interface FacadeSettings {
  readonly kubeconfigPath: string;
  readonly systemNamespace: string;
  readonly taskNamespace: string;
  /** Where its log goes. */
  readonly folder: string;
}

const main = join(import.meta.dirname, '..', '..', '..', 'apiserver', 'main.ts');

/**
 * The facade's process under measurement, as a product runs it: callers are authenticated, each request is logged to a
 * file.
 */
export class RunningFacade {
  readonly url: string;
  readonly #child: Child;

  /** Resolves when its cache is filled and it takes calls. */
  static async start({
    kubeconfigPath,
    systemNamespace,
    taskNamespace,
    folder,
  }: FacadeSettings): Promise<RunningFacade> {
    const [port, healthPort] = await pickPorts(2);
    const child = new Child({
      name: 'the facade',
      command: process.execPath,
      args: [...nodeFlags, main, '--port', String(port), '--health-port', String(healthPort)],
      env: {
        ...nodeEnvironment(),
        KUBECONFIG: kubeconfigPath,
        FLEETWRIGHT_NAMESPACE: systemNamespace,
        FLEETWRIGHT_DISPATCH_NAMESPACE: taskNamespace,
      },
      logFile: join(folder, 'facade.log'),
    });
    const facade = new RunningFacade(child, `http://127.0.0.1:${port}`);
    await child.during(becomesReady(`http://127.0.0.1:${healthPort}/readyz`));
    return facade;
  }

  private constructor(child: Child, url: string) {
    this.#child = child;
    this.url = url;
  }

  /** Awaits `work`. @throws BenchError when the facade ends before. */
  async during<R>(work: Promise<R>): Promise<R> {
    return this.#child.during(work);
  }

  /** Milliseconds of processor time since its start. */
  async cpu(): Promise<number> {
    return cpuTime(this.#child.pid);
  }

  async memory(): Promise<MemoryUse> {
    return memoryUse(this.#child.pid);
  }

  async stop(): Promise<void> {
    await this.#child.stop();
  }
}

/** A process that is still starting has nothing that could be awaited but its port. */
async function becomesReady(url: string): Promise<void> {
  while (
    !(await fetch(url).then(
      (answer) => answer.ok,
      () => false,
    ))
  )
    await sleep(50);
}
