import { inTurns, withManager, type Bench } from '../bench.ts';
import { widgetNames } from '../load.ts';

/** A manager is started where many objects wait for it already. */
export async function backlog(bench: Bench): Promise<void> {
  const { load, measurements, sizes } = bench;
  const names = widgetNames('backlog', sizes.backlog);
  bench.log(`creating ${names.length} objects`);
  await load.createAll(names);
  await inTurns(bench, 'backlog at start', async (variant) => {
    await withManager(bench, variant, async (subject) => {
      const { manager, watch } = subject;
      await subject.allReady(names);
      const cpu = await manager.cpu();
      const { peak } = await manager.memory();
      measurements.add(variant, 'backlog.time', (Math.max(...watch.readyAt.values()) - manager.startedAt) / 1000);
      measurements.add(variant, 'backlog.cpu', cpu / names.length);
      measurements.add(variant, 'backlog.reconcile', cpu / (await manager.reconciles()));
      measurements.add(variant, 'backlog.peak', peak);
    });
    await load.clearStatus(names);
  });
  await load.deleteAll(names);
}
