import { expect } from 'vitest';

import type { RollingUpgradePhase } from '../../../crds/types/rollingupgrade.ts';
import { World, type WorldOptions } from './world.ts';

/** What happens to a search cluster and its upgrades, and how they may end, whatever the order of events. */
export interface Plot {
  readonly world: Omit<WorldOptions, 'seed' | 'diesAfter'>;
  readonly script: (world: World) => void;
  /** For each upgrade the ends it may come to; the first is that of the fixed order. */
  readonly ends: Readonly<Record<string, readonly (RollingUpgradePhase | 'gone')[]>>;
  /** Nodes whose software was replaced, in the fixed order. */
  readonly replaced: readonly string[];
  /** What the setting is at the end. */
  readonly setting?: string;
}

/** A plot with a tale that is kept. */
export interface Story extends Plot {
  /** What happens, as a sentence. */
  readonly title: string;
  /** Name of the golden tale. */
  readonly file: string;
}

/** Plays it and checks what must hold at its end. */
export async function tell(
  { world: options, script, ends, replaced, setting }: Plot,
  order: Pick<WorldOptions, 'seed' | 'diesAfter'> = {},
): Promise<{ readonly tale: string; readonly writes: number }> {
  await using world = new World({ ...options, ...order });
  script(world);
  await world.play(() =>
    Object.entries(ends).every(([name, [first]]) => first !== 'gone' || world.upgrade(name) === undefined),
  );
  const { writes } = world;
  const tale = world.tale.text();
  const first = order.seed === undefined && order.diesAfter === undefined;
  for (const [name, allowed] of Object.entries(ends)) {
    expect(first ? allowed.slice(0, 1) : allowed, `the end of ${name}\n${tale}`).toContain(
      world.upgrade(name)?.status?.phase ?? 'gone',
    );
  }
  const { cluster } = world;
  expect(world.claims(), `claims that are left\n${tale}`).toBe(0);
  // In another order an upgrade may be over before it has set anything.
  const settings = first ? [setting] : [setting, undefined];
  expect(settings, `the setting at the end\n${tale}`).toContain(cluster.persistent);
  expect(new Set(cluster.replaced).size, `no node is replaced twice\n${tale}`).toBe(cluster.replaced.length);
  expect(await world.lookAgain(), `writes at rest\n${tale}\n${world.tale.text()}`).toBe(0);
  if (first) {
    expect(cluster.replaced, `nodes in order\n${tale}`).toEqual(replaced);
    expect(world.errors, `failed passes\n${tale}`).toEqual([]);
  }
  return { tale, writes };
}
