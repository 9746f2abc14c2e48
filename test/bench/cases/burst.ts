import { inTurns, withWorkingManager, type Bench } from '../bench.ts';
import { widgetNames } from '../load.ts';
import { quantile } from '../statistics.ts';
import { createToReady } from './create-to-ready.ts';

/** Objects created as fast as the API server takes them, until all are Ready. */
export async function burst(bench: Bench): Promise<void> {
  const { load, measurements, sizes } = bench;
  await inTurns(bench, 'burst of creates', async (variant, run) => {
    const names = widgetNames(`burst-${run}`, sizes.burst);
    await withWorkingManager(bench, variant, run, async (subject) => {
      const { manager, watch } = subject;
      const passes = await manager.reconciles();
      const cpu = await manager.cpu();
      const waited = await manager.waited();
      const sent = await load.createAll(names);
      const createdAt = performance.now();
      await subject.allReady(names);
      const cpuUsed = (await manager.cpu()) - cpu;
      measurements.add(variant, 'burst.wait', (await manager.waited()) - waited);
      const times = createToReady(sent, watch);
      measurements.add(variant, 'burst.p50', quantile(times, 0.5));
      measurements.add(variant, 'burst.p99', quantile(times, 0.99));
      measurements.add(variant, 'burst.tail', Math.max(0, ...watch.readyAt.values()) - createdAt);
      measurements.add(variant, 'burst.cpu', cpuUsed / ((await manager.reconciles()) - passes));
    });
    await load.deleteAll(names);
  });
}
