import { setTimeout as moment } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { amount, patience, variants } from '../../harness/matrix.ts';
import { Random } from '../../harness/world/random.ts';
import { available, Fleet, skipNote } from './fleet.ts';

const seed = 20_260_719;
const crashes = amount(1, 30);
const allHosts = [0, 1, 2];

/** Takes about a second for each step, so that a moment can fall into each. */
const steps = ['one', 'two', 'three']
  .map((step) => `- raw: echo ${step} >> {{ folder }}/{{ mark }}; sleep 0.8`)
  .join('\n');

describe.skipIf(!available.ok)(`controllers killed in the middle of a run${skipNote}`, () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await Fleet.open({ leaseSeconds: 10 });
  });
  afterAll(() => fleet.close());

  interface Outcome {
    readonly phase: string | undefined;
    readonly attempts: number | undefined;
    readonly changedHosts: number | undefined;
    /** What each host saw of the task. */
    readonly seen: readonly string[];
  }

  const once: Outcome = {
    phase: 'Succeeded',
    attempts: 1,
    changedHosts: 3,
    seen: allHosts.map(() => 'one\ntwo\nthree\n'),
  };

  /** Waits for the end of the task and of all its processes. */
  async function outcome(mark: string): Promise<Outcome> {
    const ended = await fleet.site.tasks.ended(mark);
    await fleet.quiet(ended);
    const { phase, attempts, summary } = ended.status ?? {};
    return {
      phase,
      attempts,
      changedHosts: summary?.changed,
      seen: await Promise.all(allHosts.map((index) => fleet.onHost(index, mark))),
    };
  }

  test(
    `at random moments of runs (${crashes}): each host saw the task exactly once, and every run ended (seed ${seed})`,
    { timeout: patience(300_000) },
    async () => {
      const { site } = fleet;
      const random = new Random(seed);
      // Milliseconds that a run takes at least; by night it is measured. The first one finds everything cold.
      let usual = 4000;
      for (const mark of variants(['warm-up', 'undisturbed'], [])) {
        await site.createTask(mark, fleet.spec(allHosts, steps, { variables: { mark } }));
        await site.tasks.ready(mark, 'Running');
        const before = performance.now();
        await site.tasks.ended(mark);
        usual = performance.now() - before;
        expect(await outcome(mark)).toEqual(once);
      }

      let within = 0;
      for (let crash = 1; within < crashes; crash += 1) {
        if (crash > 4 * crashes)
          throw new Error(`only ${within} of ${crash - 1} moments fell within a run: nothing was shown`);
        const mark = `crash-${crash}`;
        await site.createTask(mark, fleet.spec(allHosts, steps, { variables: { mark } }));
        await site.tasks.ready(mark, 'Running');
        // The one thing here that is meant to be a matter of time: any moment of a run may be the last one of the
        // controllers.
        await moment(random.next() * usual);
        // A machine that was busier before makes moments too late.
        if (site.tasks.get(mark)?.status?.phase === 'Running') within += 1;
        else usual *= 0.8;
        await site.controllers.kill();
        await site.controllers.start();
        expect({ mark, ...(await outcome(mark)) }).toEqual({ mark, ...once });
      }
      await expect.poll(() => site.claims()).toEqual([]);
    },
  );

  test('a run that ends while no controller lives has its results when one is back', async () => {
    const { site } = fleet;
    await site.createTask('alone', fleet.spec(allHosts, steps, { variables: { mark: 'alone' } }));
    const running = await site.tasks.until(() => {
      const task = site.tasks.get('alone');
      return task?.status?.run === undefined ? undefined : task;
    });
    await fleet.appears(0, 'alone', 'one\n');
    await site.controllers.kill();
    await fleet.quiet(running);
    await site.controllers.start();
    expect(await outcome('alone')).toEqual(once);
  });

  test('controllers that are told to stop leave the run going, and the next ones take it up', async () => {
    const { site } = fleet;
    await site.createTask('handed-over', fleet.spec(allHosts, steps, { variables: { mark: 'handed-over' } }));
    await site.tasks.ready('handed-over', 'Running');
    expect(await site.controllers.stop()).toBe(0);
    await site.controllers.start();
    expect(await outcome('handed-over')).toEqual(once);
  });
});
