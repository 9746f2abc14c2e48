import type { AgentTask } from '../../../crds/types/agenttask.ts';
import type { RunStep } from '../../../crds/runlog.ts';
import { idOf } from '../../../crds/labels.ts';
import { rowsOf, stepTable } from '../../../history/agenttask/steps.ts';
import type { HistoryKind, Row } from '../../../history/kind.ts';
import type { HistoryReader, Recorded } from '../../../history/store.ts';
import type { KubeObject, ObjectKey } from '../../../kube/objects.ts';

/** A history that holds what a test puts into it, in the order of creation. */
export class MemoryHistory implements HistoryReader {
  readonly #records: Recorded[] = [];
  readonly #logs = new Map<string, readonly Row[]>();

  add(task: AgentTask, steps: readonly RunStep[] = [], complete = true): void {
    this.#records.push({ object: task, complete });
    this.#logs.set(task.metadata.uid ?? '', rowsOf(steps)[stepTable] ?? []);
  }

  async byId<T extends KubeObject>(
    kind: HistoryKind<T>,
    namespace: string | undefined,
    id: number,
  ): Promise<Recorded<T> | undefined> {
    return this.#of(kind, namespace).find(({ object }) => idOf(object) === id);
  }

  async byName<T extends KubeObject>(kind: HistoryKind<T>, key: ObjectKey): Promise<Recorded<T> | undefined> {
    return this.#of(kind, key.namespace).findLast(({ object }) => object.metadata.name === key.name);
  }

  async byUid<T extends KubeObject>(kind: HistoryKind<T>, uid: string): Promise<readonly Recorded<T>[]> {
    return this.#all(kind).filter(({ object }) => object.metadata.uid === uid);
  }

  async byField<T extends KubeObject>(
    kind: HistoryKind<T>,
    namespace: string | undefined,
    { name, value }: { readonly name: string; readonly value: string },
    limit: number,
  ): Promise<readonly Recorded<T>[]> {
    return this.#of(kind, namespace)
      .filter(({ object }) => kind.fields(object)[name] === value)
      .slice(-limit);
  }

  async rows(
    _: HistoryKind,
    __: string,
    uids: readonly string[],
    where?: { readonly column: string; readonly value: string },
  ): Promise<readonly { readonly uid: string; readonly row: Row }[]> {
    return uids.flatMap((uid) =>
      (this.#logs.get(uid) ?? [])
        .filter((row) => where === undefined || row[where.column] === where.value)
        .map((row) => ({ uid, row })),
    );
  }

  async operations(): Promise<readonly never[]> {
    return [];
  }

  async operationsIn(): Promise<readonly never[]> {
    return [];
  }

  async list(): Promise<{ readonly items: readonly never[] }> {
    return { items: [] };
  }

  async tallies(): Promise<readonly never[]> {
    return [];
  }

  async completed(): Promise<ReadonlySet<string>> {
    return new Set();
  }

  async highestId(kind: HistoryKind): Promise<number> {
    return Math.max(0, ...this.#all(kind).map(({ object }) => idOf(object) ?? 0));
  }

  #all<T extends KubeObject>({ type }: HistoryKind<T>): readonly Recorded<T>[] {
    return this.#records.filter((record): record is Recorded<T> => record.object.kind === type.kind);
  }

  #of<T extends KubeObject>(kind: HistoryKind<T>, namespace: string | undefined): readonly Recorded<T>[] {
    return this.#all(kind).filter(({ object }) => object.metadata.namespace === namespace);
  }
}
