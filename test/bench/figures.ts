import type { VariantName } from './managers.ts';
import type { Sizes } from './sizes.ts';

/** One line of the table. */
export interface Figure {
  readonly id: string;
  readonly title: (sizes: Sizes) => string;
  readonly unit: 'ms' | 's' | 'MiB';
  /** What performance is held to: TypeScript at most this many times the Go manager's figure on HTTP/1.1. */
  readonly atMostRatio?: number;
  /** Or: at most this much, in the figure's unit. */
  readonly atMost?: number;
}

/**
 * Everything that is measured of the managers, in the order of the table. The targets are explained in
 * docs/performance.md.
 */
export const figures = [
  { id: 'start', title: () => 'start of the process until its first object is Ready', unit: 'ms' },
  { id: 'burst.p50', title: ({ burst }) => `burst of ${burst} creates: create to Ready, p50`, unit: 'ms' },
  { id: 'burst.p99', title: () => '… p99', unit: 'ms', atMostRatio: 1.5 },
  { id: 'burst.tail', title: () => '… last create to last Ready', unit: 'ms', atMost: 100 },
  { id: 'burst.cpu', title: () => '… controller CPU per reconcile', unit: 'ms', atMostRatio: 0.75 },
  { id: 'burst.wait', title: () => '… controller waited for a free processor', unit: 'ms' },
  {
    id: 'steady.p50',
    title: ({ perSecond }) => `${perSecond} creates a second: create to Ready, p50`,
    unit: 'ms',
    atMostRatio: 1.25,
  },
  { id: 'steady.p99', title: () => '… p99', unit: 'ms', atMostRatio: 1.25 },
  {
    id: 'backlog.time',
    title: ({ backlog }) => `backlog of ${backlog} at start: until all are Ready`,
    unit: 's',
    atMostRatio: 0.9,
  },
  { id: 'backlog.cpu', title: () => '… controller CPU per object, start included', unit: 'ms', atMostRatio: 0.75 },
  {
    id: 'backlog.reconcile',
    title: () => '… controller CPU per reconcile, start included',
    unit: 'ms',
    atMostRatio: 0.75,
  },
  { id: 'backlog.peak', title: () => '… peak memory', unit: 'MiB' },
  { id: 'idle.small', title: ({ backlog }) => `idle memory with ${backlog} objects`, unit: 'MiB', atMostRatio: 2 },
  { id: 'idle.large', title: ({ many }) => `idle memory with ${many} objects`, unit: 'MiB', atMostRatio: 1.2 },
] as const satisfies readonly Figure[];

export type FigureId = (typeof figures)[number]['id'];

/** What one round measured, by figure and manager. */
export class Measurements {
  readonly #values = new Map<string, number[]>();

  get empty(): boolean {
    return this.#values.size === 0;
  }

  add(variant: VariantName, id: FigureId, value: number): void {
    const key = `${variant} ${id}`;
    const values = this.#values.get(key);
    if (values === undefined) this.#values.set(key, [value]);
    else values.push(value);
  }

  /** One value for each round; none when the case was not run. */
  of(variant: VariantName, id: FigureId): readonly number[] {
    return this.#values.get(`${variant} ${id}`) ?? [];
  }
}
