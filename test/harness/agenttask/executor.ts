import type {
  Executor,
  RunResults,
  RunSpec,
  RunState,
  StopStage,
  Watcher,
} from '../../../controllers/agenttask/executors/executor.ts';
import type { RunStep } from '../../../crds/runlog.ts';
import type { Life } from '../world/life.ts';
import type { Machine } from './machine.ts';

/** A process's hands on the machine it runs on. */
export class ModelExecutor implements Executor {
  readonly #machine: Machine;
  readonly #life: Life;
  readonly #watchers = new Set<(id: string) => void>();

  constructor(machine: Machine, life: Life) {
    this.#machine = machine;
    this.#life = life;
  }

  get location(): string {
    return this.#machine.location;
  }

  async prepare(run: RunSpec): Promise<void> {
    return this.#life.write('prepare the run', () => this.#machine.prepare(run));
  }

  async start(id: string): Promise<void> {
    return this.#life.write('start the run', () => this.#machine.start(id));
  }

  async requestStop(id: string, stage: StopStage): Promise<void> {
    return this.#life.write(`${stage} the run`, () => this.#machine.stop(id, stage));
  }

  isHeld(): boolean {
    return false;
  }

  async release(): Promise<void> {
    // What there is goes with the task.
  }

  async remove(id: string): Promise<void> {
    return this.#life.write('remove the run', () => this.#machine.remove(id));
  }

  async inspect(id: string): Promise<RunState> {
    return this.#life.read('inspect', () => this.#machine.inspect(id));
  }

  async results(id: string): Promise<RunResults> {
    return this.#life.read('results', () => this.#machine.results(id));
  }

  async steps(id: string): Promise<readonly RunStep[]> {
    return this.#life.read('steps', () => this.#machine.steps(id));
  }

  async outputBytes(id: string): Promise<number> {
    return this.#life.read('output bytes', () => this.#machine.outputBytes(id));
  }

  async list(): Promise<string[]> {
    return this.#life.read('list runs', () => [...this.#machine.runs.keys()]);
  }

  watch(onChange: (id: string) => void): Watcher {
    this.#watchers.add(onChange);
    return { close: () => this.#watchers.delete(onChange) };
  }

  tell(id: string): void {
    for (const watcher of this.#watchers) watcher(id);
  }
}
