import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const main = join(import.meta.dirname, '../../../controllers/main.ts');
const endWithOwner = join(import.meta.dirname, '../agenttask/fixtures/end-with-owner.ts');

export interface ControllersOptions {
  readonly kubeconfigPath: string;
  /** Namespace of the leader lease and of the claims. */
  readonly systemNamespace: string;
  /** Undefined: all. */
  readonly watchNamespace?: string;
  readonly stateFolder: string;
  readonly maxRuns: number;
  /**
   * So long the next controllers wait for those that were killed. Too short on a busy machine, and the lease is lost
   * without a fault.
   */
  readonly leaseSeconds: number;
  /** Further flags, without their dashes. */
  readonly flags?: Readonly<Record<string, string>>;
  readonly onUnexpectedEnd: (error: Error) => void;
}

/** controllers/main.ts as a process of its own, which can be killed and started again as often as a test likes. */
export class ControllersProcess {
  readonly #options: ControllersOptions;
  readonly #lines: string[] = [];
  #child: ChildProcess | undefined;
  /** Where the lines of the present life begin. */
  #born = 0;

  constructor(options: ControllersOptions) {
    this.#options = options;
  }

  /** Everything that all lives of the controllers wrote so far. */
  get log(): string {
    return this.#lines.join('\n');
  }

  /** Whether those that run now do the work: they wait for the lease of those that were killed. */
  get leads(): boolean {
    return this.#lines.slice(this.#born).some((line) => line.includes('"leading"'));
  }

  /** Starts it without waiting for anything but the process itself. */
  async start(): Promise<void> {
    if (this.#child !== undefined) throw new Error('the controllers run already: kill or stop them first');
    const {
      kubeconfigPath,
      systemNamespace,
      watchNamespace,
      stateFolder,
      maxRuns,
      leaseSeconds,
      flags: more,
    } = this.#options;
    const flags = {
      kubeconfig: kubeconfigPath,
      namespace: systemNamespace,
      ...(watchNamespace === undefined ? {} : { 'watch-namespace': watchNamespace }),
      'state-folder': stateFolder,
      'max-runs': String(maxRuns),
      'lease-duration-seconds': String(leaseSeconds),
      'health-port': '0',
      ...more,
    };
    this.#born = this.#lines.length;
    const child = spawn(
      process.execPath,
      [`--import=${endWithOwner}`, main, ...Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`)],
      { stdio: 'pipe' },
    );
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => this.#lines.push(line));
    await once(child, 'spawn');
    this.#child = child;
    child.once('exit', (code, signal) => {
      // Tests would wait in vain for what nobody does.
      if (this.#child === child)
        this.#options.onUnexpectedEnd(
          new Error(`the controllers ended by themselves, ${signal ?? `exit code ${code}`}:\n${this.#tail()}`),
        );
    });
  }

  /** Ends it as a crash or a power cut would. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Ends it as a supervisor does. @returns the exit code, null when it died of a signal. */
  async stop(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (child === undefined) return 0;
    this.#child = undefined;
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`the controllers had ended before they were told to:\n${this.#tail()}`);
    }
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
    return child.exitCode;
  }

  #tail(): string {
    return this.#lines.slice(-20).join('\n');
  }
}
