import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { agentTaskHistory } from '../../../history/agenttask/kind.ts';
import { stepsOf } from '../../../history/agenttask/lookups.ts';
import { rowsOf } from '../../../history/agenttask/steps.ts';
import { operationsOf } from '../../../history/recorder/operations.ts';
import { openHistory } from '../../../history/sqlite.ts';
import type { Log } from '../../cluster/binaries/progress.ts';
import { linesOf, recordedTask } from './history-tasks.ts';

/** What the store alone does. */
export interface StoreFigures {
  readonly tasks: number;
  /** Records a second, each on the disk when its call returns; as many calls at once as the recorder makes. */
  readonly perSecond: number;
  /** Size of the file with all of them. */
  readonly bytes: number;
  /** Milliseconds to find a task by its id, and to read its log. */
  readonly lookUp: number;
}

/** As the recorder's workers. */
const atOnce = 20;
const lookUps = 1000;

/** Records so many tasks to a new file. */
export async function measureStore(tasks: number, log: Log): Promise<StoreFigures> {
  log(`history: recording ${tasks} tasks to the store alone`);
  const folder = await mkdtemp(join(tmpdir(), 'fleetwright-bench-'));
  const path = join(folder, 'history.sqlite');
  try {
    const writing = await openHistory(path);
    const numbers = Array.from({ length: tasks }, (_, index) => index + 1).values();
    const startedAt = performance.now();
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        for (const number of numbers) {
          const task = recordedTask('fleet', number);
          await writing.complete(agentTaskHistory, task, rowsOf(linesOf(task, number)), operationsOf(task));
        }
      }),
    );
    const took = performance.now() - startedAt;
    await writing.close();
    return {
      tasks,
      perSecond: (tasks * 1000) / took,
      bytes: (await stat(path)).size,
      lookUp: await lookUpTime(path, tasks),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function lookUpTime(path: string, tasks: number): Promise<number> {
  const store = await openHistory(path, { readOnly: true });
  const startedAt = performance.now();
  for (let count = 0; count < lookUps; count += 1) {
    const found = await store.byId(agentTaskHistory, 'fleet', 1 + ((count * 7919) % tasks));
    await stepsOf(store, [found?.object.metadata.uid ?? '']);
  }
  const took = (performance.now() - startedAt) / lookUps;
  await store.close();
  return took;
}
