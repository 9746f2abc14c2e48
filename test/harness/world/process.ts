import { pino, type Logger } from 'pino';

import type { Clock } from '../../../kube/clock.ts';
import type { Controller, ControllerOptions } from '../../../kube/controller.ts';
import { TerminalError } from '../../../kube/errors.ts';
import { Manager } from '../../../kube/manager.ts';
import type { KubeObject, ResourceType } from '../../../kube/objects.ts';
import type { Reflector, ReflectorOptions } from '../../../kube/reflector.ts';
import type { ModelApi } from './api.ts';
import { ModelClient } from './client.ts';
import type { Life } from './life.ts';

export interface ProcessOptions {
  readonly api: ModelApi;
  readonly life: Life;
  readonly clock: Clock;
  /** Adds the controller under test, as its program does. */
  readonly add: (manager: Manager, log: Logger) => Controller;
  /** Told by the log line with which a pass begins to act, as an operator reads it. */
  readonly onAct: (key: string, intents: string, because: string) => void;
  readonly onError: (key: string, error: unknown) => void;
}

type Reconcile = Pick<ControllerOptions, 'reconcile' | 'onTerminal'>;

/** The manager's parts, to be moved from outside instead of by time and connections. */
class OpenManager extends Manager {
  readonly caches: Pick<Reflector<KubeObject>, 'run' | 'hasSynced'>[] = [];
  readonly runners: ((signal: AbortSignal) => Promise<void>)[] = [];
  reconciler: Reconcile | undefined;

  override cache<T extends KubeObject>(
    type: ResourceType<T>,
    options: Omit<ReflectorOptions<T>, 'log'> = {},
  ): Reflector<T> {
    const reflector = super.cache(type, options);
    if (!this.caches.includes(reflector)) this.caches.push(reflector);
    return reflector;
  }

  override controller(options: Omit<ControllerOptions, 'log' | 'metrics'>): Controller {
    this.reconciler = options;
    return super.controller(options);
  }

  override whileLeading(runner: (signal: AbortSignal) => Promise<void>): void {
    this.runners.push(runner);
  }
}

/**
 * One life of a controller's process: the real controller with its real caches and queue over the model. Nothing moves
 * until the world says so: which event a cache sees next, which key is reconciled next.
 */
export class ControllerProcess {
  readonly client: ModelClient;
  readonly life: Life;
  readonly #options: ProcessOptions;
  readonly #manager: OpenManager;
  readonly #controller: Controller;
  readonly #reconciler: Reconcile;
  readonly #end = new AbortController();
  readonly #log: Logger;
  readonly #ready = new Set<string>();
  readonly #busy = new Set<string>();
  /** Keys that come back, with the time (of Date) when. */
  readonly #due = new Map<string, number>();
  readonly #failures = new Map<string, number>();
  #leading = false;

  constructor(options: ProcessOptions) {
    const { api, life, add } = options;
    this.#options = options;
    this.life = life;
    this.client = new ModelClient(api, life);
    this.#log = pino({ level: 'trace', base: null, timestamp: false }, { write: (line: string) => this.#hear(line) });
    const silent = pino({ level: 'silent' });
    this.#manager = new OpenManager({ client: this.client, log: silent });
    this.#controller = add(this.#manager, silent);
    if (this.#manager.reconciler === undefined) throw new Error('no controller was added');
    this.#reconciler = this.#manager.reconciler;
    for (const cache of this.#manager.caches) void cache.run(this.#end.signal);
  }

  /** Keys that could be reconciled now. */
  get ready(): readonly string[] {
    return this.#leading ? [...this.#ready].filter((key) => !this.#busy.has(key)) : [];
  }

  /** Passes are under way, or a failed one is to be repeated. */
  get restless(): boolean {
    return !this.#leading || this.#busy.size > 0 || this.#failures.size > 0;
  }

  /** When (a time of Date) the next key comes back. */
  nextDue(): number | undefined {
    return this.#due.size === 0 ? undefined : Math.min(...this.#due.values());
  }

  begin(key: string): void {
    this.#ready.delete(key);
    this.#busy.add(key);
    void this.#pass(key);
  }

  /** Takes over what the caches' handlers have enqueued and what has become due. */
  async collect(): Promise<void> {
    if (!this.#leading && this.#manager.caches.every((cache) => cache.hasSynced)) {
      this.#leading = true;
      for (const runner of this.#manager.runners) void runner(this.#end.signal);
    }
    const { queue } = this.#controller;
    while (queue.depth > 0) {
      const key = await queue.take();
      if (key === undefined) return;
      this.#ready.add(key);
      queue.done(key);
    }
    const now = this.#options.clock.now().getTime();
    for (const [key, due] of this.#due) {
      if (due > now) continue;
      this.#due.delete(key);
      this.#ready.add(key);
    }
  }

  /** For a process that has died: lets go of timers and watches. */
  close(): void {
    this.#end.abort();
    this.#controller.queue.close();
  }

  async #pass(key: string): Promise<void> {
    const pass = { id: 'pass', log: this.#log.child({ key }) };
    try {
      const { requeueAfter } = await this.#reconciler.reconcile(key, pass);
      this.#failures.delete(key);
      if (requeueAfter !== undefined) this.#again(key, requeueAfter);
    } catch (error) {
      await this.#failed(key, error, () =>
        error instanceof TerminalError ? this.#reconciler.onTerminal?.(key, error, pass) : undefined,
      );
    }
    this.#busy.delete(key);
  }

  async #failed(key: string, error: unknown, stall: () => Promise<void> | undefined): Promise<void> {
    this.#options.onError(key, error);
    try {
      if (error instanceof TerminalError) {
        await stall();
        this.#failures.delete(key);
        return;
      }
    } catch (failure) {
      this.#options.onError(key, failure);
    }
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.#again(key, 5 * 2 ** failures);
  }

  #again(key: string, milliseconds: number): void {
    const due = this.#options.clock.now().getTime() + milliseconds;
    this.#due.set(key, Math.min(due, this.#due.get(key) ?? Infinity));
  }

  #hear(line: string): void {
    const { key, intents, because } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    if (Array.isArray(intents)) this.#options.onAct(String(key), intents.join(', '), String(because));
  }
}
