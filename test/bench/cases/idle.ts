import { inTurns, withWorkingManager, type Bench } from '../bench.ts';
import { widgetNames } from '../load.ts';
import { settledMemory } from '../settled-memory.ts';

/**
 * What a manager keeps in memory when it is started on objects that are all Ready, and nothing happens. It leaves the
 * objects behind, so it has to be the last case on its control plane.
 */
export async function idle(bench: Bench): Promise<void> {
  const { load, measurements, sizes } = bench;
  const names = widgetNames('idle', sizes.many);
  const steps = [
    { id: 'idle.small', from: 0, to: sizes.backlog },
    { id: 'idle.large', from: sizes.backlog, to: sizes.many },
  ] as const;
  for (const { id, from, to } of steps) {
    const added = names.slice(from, to);
    bench.log(`creating ${added.length} objects that are Ready`);
    await load.createAll(added);
    await load.markReady(added);
    await inTurns(bench, `idle at ${to} objects`, async (variant, run) => {
      await withWorkingManager(bench, variant, run, async ({ manager }) => {
        measurements.add(variant, id, await manager.during(settledMemory(manager)));
      });
    });
  }
}
