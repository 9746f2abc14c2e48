import { deepEqual, ok } from 'node:assert/strict';

import { constant, constantFrom, integer, oneof, record, type Arbitrary } from 'fast-check';

import type { WorkQueue } from '../../../kube/queue.ts';

interface Add {
  readonly add: string;
  readonly after?: number;
}
interface Take {
  readonly take: true;
}
interface Done {
  readonly done: string;
}
interface Wait {
  readonly wait: number;
}

type Step = Add | Take | Done | Wait;

const key = constantFrom('a', 'b', 'c', 'd');

export const anyStep: Arbitrary<Step> = oneof(
  record({ add: key }),
  record({ add: key, after: integer({ min: 1, max: 50 }) }),
  record({ take: constant(true as const) }),
  record({ done: key }),
  record({ wait: integer({ min: 1, max: 40 }) }),
);

/** What a work queue must be, told without its machinery, and held against a real one after every step. */
export class QueueModel {
  readonly #queue: WorkQueue;
  readonly #advance: (time: number) => void;
  readonly #ready = new Set<string>();
  readonly #working = new Set<string>();
  /** Needed again while under work. */
  readonly #again = new Set<string>();
  readonly #due = new Map<string, number>();
  #now = 0;

  constructor(queue: WorkQueue, advance: (time: number) => void) {
    this.#queue = queue;
    this.#advance = advance;
  }

  /** Does the step on both, where it makes sense. @throws AssertionError when the queue is not as the model. */
  async take(step: Step): Promise<void> {
    if ('add' in step) this.#add(step);
    else if ('done' in step) this.#done(step.done);
    else if ('wait' in step) this.#wait(step.wait);
    else if (this.#ready.size > 0) await this.#taken();
    deepEqual(this.#queue.depth, this.#ready.size);
    deepEqual(new Set(this.#queue.processing.keys()), this.#working);
  }

  /** The keys that must still come. */
  owed(): ReadonlySet<string> {
    return new Set([...this.#ready, ...this.#again, ...this.#due.keys()]);
  }

  /** The keys that do come when all work ends and every delay passes. */
  async drained(): Promise<ReadonlySet<string>> {
    for (const working of this.#queue.processing.keys()) this.#queue.done(working);
    this.#advance(100);
    const came = new Set<string>();
    while (this.#queue.depth > 0) came.add((await this.#queue.take()) ?? '');
    return came;
  }

  #need(name: string): void {
    (this.#working.has(name) ? this.#again : this.#ready).add(name);
  }

  #add({ add, after }: Add): void {
    if (after === undefined) {
      this.#need(add);
      this.#queue.add(add);
    } else {
      this.#due.set(add, Math.min(this.#due.get(add) ?? Infinity, this.#now + after));
      this.#queue.addAfter(add, after);
    }
  }

  #done(name: string): void {
    this.#working.delete(name);
    if (this.#again.delete(name)) this.#need(name);
    this.#queue.done(name);
  }

  #wait(time: number): void {
    this.#now += time;
    for (const [name, due] of this.#due) {
      if (due > this.#now) continue;
      this.#due.delete(name);
      this.#need(name);
    }
    this.#advance(time);
  }

  async #taken(): Promise<void> {
    const name = (await this.#queue.take()) ?? '';
    ok(this.#ready.delete(name), `${name} came, but was not due`);
    ok(!this.#working.has(name), `${name} was handed out twice at once`);
    this.#working.add(name);
  }
}
