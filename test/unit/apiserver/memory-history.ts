import type { AgentTask } from '../../../crds/types/agenttask.ts';
import { idOf } from '../../../crds/labels.ts';
import type { RunStep } from '../../../crds/runlog.ts';
import type { HistoryReader, RecordedStep, RecordedTask } from '../../../history/store.ts';

/** A history that holds what a test puts into it, in the order of creation. */
export class MemoryHistory implements HistoryReader {
  readonly tasks: RecordedTask[] = [];
  readonly logged = new Map<string, readonly RunStep[]>();

  add(task: AgentTask, steps: readonly RunStep[] = [], complete = true): void {
    this.tasks.push({ task, complete });
    this.logged.set(task.metadata.uid ?? '', steps);
  }

  async byId(namespace: string, id: number): Promise<RecordedTask | undefined> {
    return this.tasks.find(({ task }) => task.metadata.namespace === namespace && idOf(task) === id);
  }

  async byName(namespace: string, name: string): Promise<RecordedTask | undefined> {
    return this.tasks.findLast(({ task }) => task.metadata.namespace === namespace && task.metadata.name === name);
  }

  async byCorrelation(
    namespace: string,
    correlationID: string,
    source: string,
    limit: number,
  ): Promise<readonly RecordedTask[]> {
    return this.tasks
      .filter(
        ({ task: { metadata, spec } }) =>
          metadata.namespace === namespace && spec.correlationID === correlationID && spec.source === source,
      )
      .slice(-limit);
  }

  async steps(uids: readonly string[], host?: string): Promise<readonly RecordedStep[]> {
    return uids.flatMap((uid) =>
      (this.logged.get(uid) ?? [])
        .filter((step) => host === undefined || step.host === host)
        .map((step) => ({ ...step, uid })),
    );
  }

  async operations(): Promise<readonly never[]> {
    return [];
  }

  async highestId(): Promise<number> {
    return Math.max(0, ...this.tasks.map(({ task }) => idOf(task) ?? 0));
  }
}
