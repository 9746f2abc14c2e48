import { agentTasks, type AgentTask, type AgentTaskStatus } from '../../../crds/types/agenttask.ts';
import type { ModelApi } from '../world/api.ts';
import type { ManualClock } from '../world/clock.ts';
import type { Surroundings } from '../world/world.ts';

/** What becomes of the task of a node. Seconds count from its creation. */
export interface TaskCourse {
  /** After how many seconds it begins; absent: 1. */
  readonly begins?: number;
  /** After how many seconds it ends; absent: 20. */
  readonly ends?: number;
  readonly phase?: 'Succeeded' | 'Failed';
  /** After how many seconds the node is back; absent: when the task ends. `never`: it does not come back. */
  readonly back?: number | 'never';
  /** The version with which it comes back; absent: that of the upgrade. */
  readonly version?: string;
}

/** Where tasks do their work. */
interface Nodes {
  leaves(name: string): void;
  comesBack(name: string, version: string): void;
  readonly replaced: string[];
}

interface Event {
  readonly at: number;
  readonly happen: () => void;
}

/** The controller of AgentTasks, played: tasks begin and end by themselves, and do their work on the nodes. */
export class PlayedTasks implements Surroundings {
  readonly #api: ModelApi;
  readonly #clock: ManualClock;
  readonly #events: Event[] = [];

  constructor(api: ModelApi, clock: ManualClock, nodes: Nodes, courseOf: (node: string) => TaskCourse) {
    this.#api = api;
    this.#clock = clock;
    api.onChange(({ plural, event }) => {
      if (plural === agentTasks.plural && event.type === 'ADDED')
        this.#begin(event.object as AgentTask, nodes, courseOf);
    });
  }

  nextChange(): number | undefined {
    return this.#events.length === 0 ? undefined : Math.min(...this.#events.map(({ at }) => at));
  }

  goOn(): void {
    const now = this.#clock.now().getTime();
    for (const event of this.#events.filter(({ at }) => at <= now).toSorted((one, other) => one.at - other.at)) {
      this.#events.splice(this.#events.indexOf(event), 1);
      event.happen();
    }
  }

  #begin(task: AgentTask, nodes: Nodes, courseOf: (node: string) => TaskCourse): void {
    const node = String(task.spec.variables?.['opensearch_node']);
    const course = courseOf(node);
    const { begins = 1, ends = 20, phase = 'Succeeded', back = ends } = course;
    const version = course.version ?? String(task.spec.variables?.['opensearch_version']);
    this.#at(begins, () => {
      this.#say(task, { phase: 'Running', startTime: '2026-01-01T00:00:00Z' });
      nodes.replaced.push(node);
      nodes.leaves(node);
    });
    if (back !== 'never') this.#at(back, () => nodes.comesBack(node, version));
    const host = task.spec.hosts?.[0] ?? '';
    const result = phase === 'Succeeded' ? 'changed' : 'failed';
    const message = phase === 'Succeeded' ? {} : { message: 'the package could not be installed' };
    this.#at(ends, () => this.#say(task, { phase, hosts: [{ name: host, result, ...message }] }));
  }

  #say(task: AgentTask, status: AgentTaskStatus): void {
    if (this.#api.find(agentTasks, task.metadata) !== undefined)
      this.#api.mergePatch(agentTasks, task.metadata, { status }, 'status');
  }

  #at(seconds: number, happen: () => void): void {
    this.#events.push({ at: this.#clock.now().getTime() + seconds * 1000, happen });
  }
}
