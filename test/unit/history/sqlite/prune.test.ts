import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { RunStep } from '../../../../crds/runlog.ts';
import { stepsOf } from '../../../../history/agenttask/lookups.ts';
import { Database } from '../../../../history/sqlite/database.ts';
import { complete, endedAt, find, historyPath, openStore, steps, task, uidOf } from '../samples.ts';
import { amount } from '../../../harness/matrix.ts';

const day = (number: number): string => `2026-11-${String(number).padStart(2, '0')}T12:00:00Z`;
const ended = (number: number, on: number) => task(number, { creationTimestamp: day(1) }, endedAt(day(on)));

describe('the file', () => {
  test('shrinks when records are pruned', async () => {
    const path = await historyPath();
    const store = await openStore(path);
    const many = Array.from(
      { length: 500 },
      (_, index) => ({ ...(steps[1] ?? { host: '' }), message: `line ${index}: ${'x'.repeat(500)}` }) as RunStep,
    );
    for (const number of [1, 2, 3, 4]) await complete(store, ended(number, 5), many);
    const database = new Database(path, true);
    const pages = (): number => Number(database.get('PRAGMA page_count')?.['page_count']);
    const before = pages();
    await store.prune(new Date(day(6)), 10);
    expect(pages()).toBeLessThan(before / 4);
    database.close();
  });
});

interface Recording {
  readonly on: number;
  readonly names: readonly string[];
}
interface Pruning {
  readonly pruneBefore: number;
  readonly limit: number;
}

/** Does all this to a new history. @returns what is not as it should be */
async function mistakes(actions: readonly (Recording | Pruning)[]): Promise<readonly string[]> {
  const path = await historyPath();
  const store = await openStore(path);
  const kept = new Map<number, Recording>();
  const found: string[] = [];
  const forget = async ({ pruneBefore, limit }: Pruning): Promise<void> => {
    const due = [...kept].filter(([, { on }]) => on < pruneBefore);
    const pruned = await store.prune(new Date(day(pruneBefore)), limit);
    if (pruned !== Math.min(limit, due.length)) found.push(`pruned ${pruned} of ${due.length}, at most ${limit}`);
    // Of those that ended on one day any may go first.
    const gone = await Promise.all(
      due.map(async ([number]) => ((await find(store, `task-${number}`))?.pruned === true ? [number] : [])),
    );
    for (const number of gone.flat()) kept.delete(number);
  };
  for (const [number, action] of actions.entries()) {
    if ('on' in action) {
      kept.set(number, action);
      await complete(
        store,
        ended(number, action.on),
        action.names.map(
          (name) =>
            ({ host: 'host-a', name, action: 'a', start: day(action.on), end: day(action.on), result: 'ok' }) as const,
        ),
      );
    } else await forget(action);
    const logs = await Promise.all(
      [...kept].map(async ([old, { names }]) => ({ names, log: await stepsOf(store, [uidOf(old)]) })),
    );
    for (const { names, log } of logs)
      if (names.join() !== log.map(({ name }) => name).join())
        found.push(`the log of ${names.join()} is ${JSON.stringify(log)}`);
  }
  while ((await store.prune(new Date('2027-01-01T00:00:00Z'), 100)) === 100);
  const database = new Database(path, true);
  for (const { value } of database.all('SELECT value FROM text')) found.push(`nobody needs ${String(value)}`);
  database.close();
  return found;
}

test('in whatever order is recorded and pruned, kept logs stay whole, and texts that nobody needs go', async () => {
  const word = fc.integer({ min: 0, max: 6 }).map((number) => `text ${number}`);
  const recording = fc.record({ on: fc.integer({ min: 1, max: 20 }), names: fc.array(word, { maxLength: 4 }) });
  const pruning = fc.record({ pruneBefore: fc.integer({ min: 1, max: 21 }), limit: fc.integer({ min: 1, max: 4 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(recording, pruning), { maxLength: 30 }), async (actions) => {
      expect(await mistakes(actions)).toEqual([]);
    }),
    { numRuns: amount(10, 40) },
  );
});
