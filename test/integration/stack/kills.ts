import { setTimeout as moment } from 'node:timers/promises';

import { expect } from 'vitest';

import type { Random } from '../../harness/world/random.ts';
import type { ControllersProcess } from './controllers-process.ts';

export interface Kills {
  /** Started again after each kill. */
  readonly controllers: ControllersProcess;
  readonly count: number;
  /** Of the moments: the same seed makes the same ones. */
  readonly random: Random;
  /** Milliseconds of work until the next kill, at most. */
  readonly apart: number;
  /** How the work under test stands. Nothing is killed before it is under way, or when it is over. */
  readonly standing: () => Promise<'ahead' | 'under way' | 'over'>;
  /** Milliseconds that it may take to be under way. */
  readonly patience: number;
}

/**
 * Kills the controllers (-9) at moments that nobody has chosen, and starts them again: they keep nothing that is not in
 * an object.
 * @returns how many kills there were before the work was over
 */
export async function killAtRandom({ controllers, count, random, apart, standing, patience }: Kills): Promise<number> {
  // To kill those that only wait for the lease of the ones before shows nothing.
  const now = async (): ReturnType<typeof standing> => {
    const stands = await standing();
    return stands === 'under way' && !controllers.leads ? 'ahead' : stands;
  };
  for (let killed = 0; killed < count; killed += 1) {
    await expect.poll(now, { timeout: patience, interval: 100 }).not.toBe('ahead');
    // The one thing here that is meant to be a matter of time.
    await moment(random.next() * apart);
    if ((await standing()) === 'over') return killed;
    await controllers.kill();
    await controllers.start();
  }
  return count;
}
