import { inTurns, withWorkingManager, type Bench } from '../bench.ts';
import { widgetNames } from '../load.ts';
import { quantile } from '../statistics.ts';
import { createToReady } from './create-to-ready.ts';

/** Objects created at an even pace that leaves the machine mostly idle: what a user feels. */
export async function steady(bench: Bench): Promise<void> {
  const { load, measurements, sizes } = bench;
  await inTurns(bench, 'steady creates', async (variant, run) => {
    const warmUp = widgetNames(`warm-${run}`, sizes.warmUp);
    const names = widgetNames(`steady-${run}`, sizes.steady);
    await withWorkingManager(bench, variant, run, async (subject) => {
      const { manager, watch } = subject;
      measurements.add(variant, 'start', (watch.readyAt.get(`probe-${run}`) ?? Number.NaN) - manager.startedAt);
      await load.createPaced(warmUp, sizes.perSecond);
      const sent = await load.createPaced(names, sizes.perSecond);
      await subject.allReady(names);
      const times = createToReady(sent, watch);
      measurements.add(variant, 'steady.p50', quantile(times, 0.5));
      measurements.add(variant, 'steady.p99', quantile(times, 0.99));
    });
    await load.deleteAll([...warmUp, ...names]);
  });
}
