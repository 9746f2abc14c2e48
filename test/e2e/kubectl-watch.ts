import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Site } from './site.ts';

/** `kubectl get --watch`: a line for each object, and for each change of one, in their order. */
export class KubectlWatch {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  #changed: () => void = () => {};

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /**
   * Resolves with the first line.
   * @param what to get
   * @param columns jsonpath of what is to be in a line
   */
  static async open({ e2e }: Site, what: readonly string[], columns: readonly string[]): Promise<KubectlWatch> {
    const line = columns.map((column) => `{${column}}`).join('{","}');
    const args = ['get', ...what, '--watch', '-o', String.raw`jsonpath=${line}{"\n"}`];
    const child = spawn(e2e.kubectlPath, args, {
      env: { ...process.env, KUBECONFIG: e2e.kubeconfigPath },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const watch = new KubectlWatch(child);
    createInterface({ input: child.stdout }).on('line', (text) => {
      watch.#lines.push(text);
      watch.#changed();
    });
    await watch.until(() => watch.#lines.length > 0);
    return watch;
  }

  /** The columns of each line so far. */
  get rows(): readonly (readonly string[])[] {
    return this.#lines.map((line) => line.split(','));
  }

  /** Looks at the condition after each line. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => (this.#changed = resolve));
  }

  async close(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.kill();
    await exited;
  }
}
