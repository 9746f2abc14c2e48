import { expect } from 'vitest';

import type { VolumeRecoveryPhase } from '../../../crds/types/volumerecovery.ts';
import type { Order } from '../world/world.ts';
import { RecoveryWorld } from './world.ts';

/** A story: who does what and when, and how it may end, whatever the order of events. */
export interface RecoveryStory {
  /** What happens, as a sentence. */
  readonly title: string;
  /** Name of the golden tale. */
  readonly file: string;
  readonly script: (world: RecoveryWorld) => void;
  /** For each recovery the ends it may come to; the first is the one of the fixed order. */
  readonly ends: Readonly<Record<string, readonly (VolumeRecoveryPhase | 'gone')[]>>;
  /** How many volumes are there at the end, and whose; in the fixed order the first. */
  readonly volumes: readonly (readonly string[])[];
}

/** Plays a story and checks what must hold at its end. */
export async function tellRecovery(
  { script, ends, volumes }: RecoveryStory,
  order: Order = {},
): Promise<{ readonly tale: string; readonly writes: number }> {
  await using world = new RecoveryWorld(order);
  script(world);
  await world.play(() =>
    Object.entries(ends).every(([name, [first]]) => first !== 'gone' || world.recovery(name) === undefined),
  );
  const { writes } = world;
  const tale = world.tale.text();
  const first = order.seed === undefined && order.diesAfter === undefined;
  for (const [name, allowed] of Object.entries(ends))
    expect(first ? allowed.slice(0, 1) : allowed, `the end of ${name}\n${tale}`).toContain(
      world.recovery(name)?.status?.phase ?? 'gone',
    );
  const owners = world.zone.volumes.map(({ tenantID }) => tenantID).toSorted();
  expect(first ? volumes.slice(0, 1) : volumes, `volumes that are left\n${tale}`).toContainEqual(owners);
  expect(await world.lookAgain(), `writes at rest\n${tale}\n${world.tale.text()}`).toBe(0);
  if (first) expect(world.errors, `failed passes\n${tale}`).toEqual([]);
  return { tale, writes };
}
