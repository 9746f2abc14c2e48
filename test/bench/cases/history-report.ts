import { renderTable } from '../table.ts';
import type { HistoryFigures } from './history.ts';
import type { ListFigure } from './history-lists.ts';
import { linesEach } from './history-tasks.ts';

/** The table of the recorder and its store. There is nothing to compare them with, so nothing is judged. */
export function historyReport({ recorder, store }: HistoryFigures): string {
  return renderTable(
    ['the history', ''],
    [
      [
        `${recorder.tasks} finished tasks with ${linesEach} lines of log each, ` +
          "from the recorder's start until all are recorded and released",
        `${recorder.perSecond.toFixed(0)} /s`,
      ],
      ['… processor time of the recorder for each, its start included', `${recorder.cpu.toFixed(2)} ms`],
      ['… its memory at most', `${recorder.peak.toFixed(0)} MiB`],
      [`… its memory afterwards, with ${recorder.tasks} tasks in its cache`, `${recorder.settled.toFixed(0)} MiB`],
      [`${store.tasks} tasks to the store alone`, `${store.perSecond.toFixed(0)} /s`],
      ['… size on the disk', `${(store.bytes / 1024 / 1024).toFixed(0)} MiB`],
      ['… for each task', `${(store.bytes / store.tasks).toFixed(0)} bytes`],
      ['… to find a task by its id and read its log', `${store.lookUp.toFixed(2)} ms`],
    ],
  );
}

const target = 1.5;

/** The table of lists and counts. The targets are explained in docs/performance.md. */
export function listsReport(
  figures: readonly ListFigure[],
  sizes: { readonly few: number; readonly many: number },
  judged: boolean,
): string {
  return renderTable(
    ['p99 of a call', `${sizes.few} runs`, `${sizes.many} runs`, 'ratio', 'target', ''],
    figures.map(({ store, question, few, many }) => [
      `${store}: ${question}`,
      `${few.toFixed(2)} ms`,
      `${many.toFixed(2)} ms`,
      (many / few).toFixed(2),
      `≤ ${target.toFixed(2)}`,
      judged ? (many / few <= target ? 'pass' : 'miss') : '–',
    ]),
  );
}
