import { expect } from 'vitest';

import type { AgentTaskPhase } from '../../../crds/types/agenttask.ts';
import { World, type WorldOptions } from './world.ts';

/** A story: who does what and when, and how it may end, whatever the order of events. */
export interface Story {
  /** What happens, as a sentence. */
  readonly title: string;
  /** Name of the golden tale. */
  readonly file: string;
  readonly world?: Omit<WorldOptions, 'seed' | 'diesAfter'>;
  readonly script: (world: World) => void;
  /**
   * For each task the ends it may come to; `gone` for a task that is deleted. The first is the one it comes to in the
   * fixed order.
   */
  readonly ends: Readonly<Record<string, readonly (AgentTaskPhase | 'gone')[]>>;
}

/**
 * Plays a story and checks what must hold at its end: all ended as they may, nothing held or left, nothing more to
 * write.
 */
export async function tell(
  { world: options, script, ends }: Story,
  order: Pick<WorldOptions, 'seed' | 'diesAfter'> = {},
): Promise<{ readonly tale: string; readonly writes: number }> {
  await using world = new World({ ...options, ...order });
  script(world);
  await world.play(() =>
    Object.entries(ends).every(([name, [first]]) => first !== 'gone' || world.task(name) === undefined),
  );
  const { writes } = world;
  const tale = world.tale.text();
  const first = order.seed === undefined && order.diesAfter === undefined;
  for (const [name, allowed] of Object.entries(ends)) {
    expect(first ? allowed.slice(0, 1) : allowed, `the end of ${name}\n${tale}`).toContain(
      world.task(name)?.status?.phase ?? 'gone',
    );
  }
  expect(world.claims(), `claims that are left\n${tale}`).toEqual([]);
  const ids = world.ids();
  expect(new Set(ids).size, `distinct ids of ${ids.length} tasks\n${tale}`).toBe(ids.length);
  for (const [id, steps] of world.logsToBe()) expect(world.logOf(id), `log of ${id}\n${tale}`).toEqual(steps);
  expect(await world.lookAgain(), `writes at rest\n${tale}\n${world.tale.text()}`).toBe(0);
  if (first) {
    const idle = world.machines
      .flatMap(({ runs }) => [...runs.values()])
      .filter(({ state }) => state.state === 'prepared');
    expect(idle, `files, and so private keys, of runs that will never start\n${tale}`).toEqual([]);
    expect(world.errors, `failed passes\n${tale}`).toEqual([]);
  }
  return { tale, writes };
}
