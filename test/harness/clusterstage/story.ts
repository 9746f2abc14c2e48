import { expect } from 'vitest';

import { findCondition } from '../../../kube/conditions.ts';
import { StageWorld, type StageWorldOptions } from './world.ts';

/** A story: who does what and when, and how it has to be at its end, whatever the order of events. */
export interface StageStory {
  /** What happens, as a sentence. */
  readonly title: string;
  /** Name of the golden tale. */
  readonly file: string;
  readonly world?: Omit<StageWorldOptions, 'seed' | 'diesAfter'>;
  readonly script: (world: StageWorld) => void;
  /** For each stage the reasons of Ready that it may end with, the first in the fixed order; `gone`: it is deleted. */
  readonly ends: Readonly<Record<string, readonly string[]>>;
  /** Checks what else has to hold at the end. */
  readonly check: (world: StageWorld) => void;
}

/** Plays a story and checks what must hold at its end. @param onlook is given the world before anything happens */
export async function tell(
  { world: options, script, ends, check }: StageStory,
  order: Pick<StageWorldOptions, 'seed' | 'diesAfter'> = {},
  onlook: (world: StageWorld) => void = () => undefined,
): Promise<{ readonly tale: string; readonly writes: number }> {
  await using world = new StageWorld({ ...options, ...order });
  onlook(world);
  script(world);
  const reasonOf = (name: string): string => {
    const stage = world.stage(name);
    return stage === undefined ? 'gone' : (findCondition(stage.status?.conditions, 'Ready')?.reason ?? 'none');
  };
  await world.play(() =>
    Object.entries(ends).every(([name, [first]]) => first !== 'gone' || reasonOf(name) === 'gone'),
  );
  const { writes } = world;
  const tale = world.tale.text();
  const first = order.seed === undefined && order.diesAfter === undefined;
  for (const [name, allowed] of Object.entries(ends))
    expect(first ? allowed.slice(0, 1) : allowed, `the end of ${name}\n${tale}`).toContain(reasonOf(name));
  try {
    check(world);
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${tale}`, { cause: error });
  }
  expect(await world.lookAgain(), `writes at rest\n${tale}\n${world.tale.text()}`).toBe(0);
  if (first) expect(world.errors, `failed passes\n${tale}`).toEqual([]);
  return { tale, writes };
}
