import { agentTasks, type AgentTask } from '../../../crds/types/agenttask.ts';
import type { ModelApi } from '../world/api.ts';
import type { ManualClock } from '../world/clock.ts';
import type { Surroundings } from '../world/world.ts';

/** How upgrade tasks end, by the host that they run on. */
export interface TaskBehaviour {
  /** Seconds. */
  readonly lasts: number;
  readonly ends: 'Succeeded' | 'Failed' | 'never';
}

/** Plays AgentTasks: each runs for a while and ends; one that is stopped ends soon. */
export class PlayedTasks implements Surroundings {
  readonly #api: ModelApi;
  readonly #clock: ManualClock;
  readonly #behaviours = new Map<string, TaskBehaviour>();
  readonly #due: { readonly at: number; readonly act: () => void }[] = [];
  readonly #onStart: (task: AgentTask) => void;

  constructor(api: ModelApi, clock: ManualClock, onStart: (task: AgentTask) => void) {
    this.#api = api;
    this.#clock = clock;
    this.#onStart = onStart;
    api.onChange(({ plural, event }) => {
      if (plural !== agentTasks.plural) return;
      const task = event.object as AgentTask;
      if (event.type === 'ADDED') this.#play(task);
      if (event.type === 'MODIFIED' && task.spec.stop === true) this.#later(2, () => this.#end(task, 'Stopped'));
    });
  }

  behavesOn(host: string, behaviour: TaskBehaviour): void {
    this.#behaviours.set(host, behaviour);
  }

  nextChange(): number | undefined {
    return this.#due.length === 0 ? undefined : Math.min(...this.#due.map(({ at }) => at));
  }

  goOn(): void {
    const now = this.#clock.now().getTime();
    for (const each of this.#due.filter(({ at }) => at <= now)) {
      this.#due.splice(this.#due.indexOf(each), 1);
      each.act();
    }
  }

  #later(seconds: number, act: () => void): void {
    this.#due.push({ at: this.#clock.now().getTime() + seconds * 1000, act });
  }

  #play(task: AgentTask): void {
    const { lasts, ends } = this.#behaviours.get(task.spec.hosts?.[0] ?? '') ?? { lasts: 20, ends: 'Succeeded' };
    this.#later(1, () => {
      this.#onStart(task);
      this.#report(task, { phase: 'Running' });
    });
    if (ends !== 'never') this.#later(1 + lasts, () => this.#end(task, ends));
  }

  #end(task: AgentTask, phase: 'Succeeded' | 'Failed' | 'Stopped'): void {
    this.#report(task, { phase, ...(phase === 'Failed' ? { message: 'the content failed' } : {}) });
  }

  #report({ metadata }: AgentTask, status: NonNullable<AgentTask['status']>): void {
    const found = this.#api.find(agentTasks, metadata);
    const over = ['Succeeded', 'Failed', 'Stopped'].includes(found?.status?.phase ?? '');
    if (found?.metadata.uid === metadata.uid && !over) this.#api.mergePatch(agentTasks, metadata, { status }, 'status');
  }
}
