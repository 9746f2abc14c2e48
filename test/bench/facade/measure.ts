import type { Log } from '../../cluster/binaries/progress.ts';
import { settledMemory } from '../settled-memory.ts';
import type { Sizes } from '../sizes.ts';
import { FacadeBench } from './bench.ts';
import { measureCreates } from './creates.ts';
import type { FacadeFigures } from './figures.ts';
import { measureReads } from './reads.ts';

export const facadeCases = ['reads', 'creates', 'memory'] as const;
export type FacadeCase = (typeof facadeCases)[number];

/** Runs those of the facade's cases that are wanted, on a control plane of their own. */
export async function measureFacade(
  wanted: readonly FacadeCase[],
  { rounds, sizes, log }: { rounds: number; sizes: Sizes; log: Log },
): Promise<FacadeFigures> {
  const bench = await FacadeBench.open(sizes, log);
  try {
    const memory = (): Promise<number> => bench.withFacade(settledMemory);
    const empty = wanted.includes('memory') ? await memory() : Number.NaN;
    log(`facade: creating ${sizes.tasks} finished tasks`);
    const tasks = await bench.fill(sizes.tasks);
    const filled = wanted.includes('memory') ? await memory() : Number.NaN;
    const figures: { reads: FacadeFigures['reads'][number][]; creates: FacadeFigures['creates'][number][] } = {
      reads: [],
      creates: [],
    };
    for (let round = 0; round < rounds; round += 1) {
      log(`facade, round ${round + 1} of ${rounds}`);
      if (wanted.includes('reads'))
        figures.reads.push(await bench.withFacade((facade) => measureReads(bench, facade, tasks)));
      if (wanted.includes('creates'))
        figures.creates.push(await bench.withFacade((facade) => measureCreates(bench, facade, round)));
    }
    return { ...figures, ...(wanted.includes('memory') ? { memory: { empty, filled, tasks: tasks.length } } : {}) };
  } finally {
    await bench.close();
  }
}
