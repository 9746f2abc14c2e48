import type { Executor } from '../../../controllers/agenttask/executors/executor.ts';
import { systemClock } from '../../../kube/clock.ts';
import { Life } from '../world/life.ts';
import { ModelExecutor } from './executor.ts';
import { Machine, type Behaviour } from './machine.ts';

/**
 * A model machine in real time: content takes as long as its behaviour says, and outlives the controllers that started
 * it.
 */
export class PlayedMachine {
  /** Each host once for each time that content was run on it. */
  readonly traces: string[] = [];
  readonly #machine: Machine;
  readonly #executors: ModelExecutor[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  #released = false;

  /** @param behaviourOf what content does on a host; on several it does what it does on the first */
  constructor(behaviourOf: (host: string) => Behaviour) {
    this.#machine = new Machine(
      'played',
      systemClock,
      ({ hosts: [host = ''] }) => behaviourOf(host),
      ({ id, hosts }) => {
        this.traces.push(...hosts);
        this.#wake();
        if (this.#released) this.#after(0, () => this.#machine.finish(id));
      },
      ({ id }) => {
        for (const executor of this.#executors) executor.tell(id);
      },
    );
  }

  /** Ids of the runs that something is left of. */
  get left(): readonly string[] {
    return [...this.#machine.runs.keys()];
  }

  /** A controller's hands on it. */
  open(): Executor {
    const untroubled = new Life({ interleave: false, fate: () => 'goes well', onDeath: () => undefined });
    const executor = new ModelExecutor(this.#machine, untroubled);
    this.#executors.push(executor);
    return executor;
  }

  /** From now on no run goes on for ever. */
  letGo(): void {
    this.#released = true;
    for (const { id } of this.#machine.running) this.#machine.finish(id);
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#executors.length = 0;
  }

  /** Comes back when the next run ends. */
  #wake(): void {
    // Runs that start later wake it themselves.
    const next = this.#machine.nextChange();
    if (next === undefined) return;
    this.#after(Math.max(0, next - Date.now()), () => {
      this.#machine.goOn();
      this.#wake();
    });
  }

  #after(milliseconds: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, milliseconds);
    this.#timers.add(timer);
  }
}
