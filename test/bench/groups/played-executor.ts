import type {
  Executor,
  RunResults,
  RunSpec,
  RunState,
  Watcher,
} from '../../../controllers/agenttask/executors/executor.ts';
import { RunNotPreparedError } from '../../../controllers/agenttask/executors/errors.ts';
import type { RunStep } from '../../../crds/runlog.ts';
import { rfc3339 } from '../../../kube/conditions.ts';

/** Milliseconds that each run takes. */
const lasts = 1000;

const counts = { ok: 1, changed: 1, failed: 0, skipped: 0, unreachable: 0 };

interface Played {
  readonly spec: RunSpec;
  state: RunState;
}

/**
 * Runs that change every host, and cost next to nothing however many there are: what is measured is the controllers.
 */
export class PlayedExecutor implements Executor {
  readonly location = 'played';
  readonly #runs = new Map<string, Played>();
  readonly #watchers = new Set<(id: string) => void>();

  async prepare(spec: RunSpec): Promise<void> {
    if (!this.#runs.has(spec.id)) this.#runs.set(spec.id, { spec, state: { state: 'prepared' } });
  }

  async start(id: string): Promise<void> {
    const run = this.#runs.get(id);
    if (run === undefined) throw new RunNotPreparedError(id);
    if (run.state.state !== 'prepared') return;
    const startedAt = new Date();
    run.state = { state: 'running', startedAt };
    setTimeout(() => {
      run.state = { state: 'finished', outcome: 'successful', exitCode: 0, startedAt, finishedAt: new Date() };
      for (const tell of this.#watchers) tell(id);
    }, lasts);
  }

  async inspect(id: string): Promise<RunState> {
    return this.#runs.get(id)?.state ?? { state: 'absent' };
  }

  async results(id: string): Promise<RunResults> {
    return { hosts: this.#hostsOf(id).map((name) => ({ name, result: 'changed', counts })) };
  }

  async steps(id: string): Promise<readonly RunStep[]> {
    const state = this.#runs.get(id)?.state;
    if (state?.state !== 'finished') return [];
    const [start, end] = [rfc3339(state.startedAt), rfc3339(state.finishedAt)];
    return this.#hostsOf(id).map((host) => ({
      host,
      name: 'Install',
      action: 'ansible.builtin.package',
      start,
      end,
      result: 'changed',
    }));
  }

  async requestStop(): Promise<void> {
    // They end soon enough.
  }

  isHeld(): boolean {
    return false;
  }

  async release(): Promise<void> {
    // There is nothing that a run holds.
  }

  async remove(id: string): Promise<void> {
    this.#runs.delete(id);
  }

  async outputBytes(): Promise<number> {
    return 0;
  }

  async list(): Promise<string[]> {
    return [...this.#runs.keys()];
  }

  watch(onChange: (id: string) => void): Watcher {
    this.#watchers.add(onChange);
    return { close: () => this.#watchers.delete(onChange) };
  }

  #hostsOf(id: string): readonly string[] {
    return this.#runs.get(id)?.spec.hosts ?? [];
  }
}
