import type { Overhead } from './cases/agenttask.ts';
import { figures, type Figure, type FigureId, type Measurements } from './figures.ts';
import type { Sizes } from './sizes.ts';
import { median } from './statistics.ts';
import { renderTable } from './table.ts';

const none = '–';

/** The table of what was measured; figures of cases that were not run are left out. */
export function report(measurements: Measurements, sizes: Sizes, judged: boolean): string {
  const rows = figures
    .filter(({ id }) => measurements.of('typescript', id).length > 0)
    .map((figure) => row(figure, measurements, sizes, judged));
  const head = ['figure', 'Go, HTTP/1.1', 'Go, as shipped', 'TypeScript', 'to HTTP/1.1', 'to as shipped', 'target', ''];
  return renderTable(head, rows);
}

/**
 * The table of an AgentTask against bare ansible-runner. The target: 10 % more, or 300 ms more where that is greater.
 */
export function overheadReport({ bare, task }: Overhead, judged: boolean): string {
  const more = median(task.map((value, run) => value - (bare[run] ?? Number.NaN)));
  const allowed = Math.max(300, median(bare) / 10);
  const head = ['figure', 'ansible-runner', 'AgentTask', 'more', 'target', ''];
  const verdictText = more <= allowed ? 'pass' : 'miss';
  const cells = [
    'one playbook on this machine, from start to result',
    ...[median(bare), median(task), more].map((value) => `${value.toFixed(0)} ms`),
  ];
  return renderTable(head, [[...cells, `≤ ${allowed.toFixed(0)} ms`, judged ? verdictText : none]]);
}

function row(
  figure: Figure & { readonly id: FigureId },
  measurements: Measurements,
  sizes: Sizes,
  judged: boolean,
): string[] {
  const go1 = measurements.of('go-http1', figure.id);
  const go = measurements.of('go', figure.id);
  const ours = measurements.of('typescript', figure.id);
  const value = (values: readonly number[]): string =>
    values.length === 0 ? none : `${digits(median(values))} ${figure.unit}`;
  const ratio = pairedRatio(ours, go1);
  return [
    figure.title(sizes),
    value(go1),
    value(go),
    value(ours),
    times(ratio),
    times(pairedRatio(ours, go)),
    targetOf(figure),
    judged ? verdict(figure, ratio, median(ours)) : none,
  ];
}

/** The median of the ratios within each round: what disturbed a whole round cancels out. */
function pairedRatio(ours: readonly number[], theirs: readonly number[]): number | undefined {
  const ratios = ours.flatMap((value, round) => {
    const other = theirs[round];
    return other === undefined ? [] : [value / other];
  });
  return ratios.length === 0 ? undefined : median(ratios);
}

function targetOf({ atMostRatio, atMost, unit }: Figure): string {
  if (atMostRatio !== undefined) return `≤ ${atMostRatio.toFixed(2)}`;
  return atMost === undefined ? none : `≤ ${atMost} ${unit}`;
}

function verdict({ atMostRatio, atMost }: Figure, ratio: number | undefined, ours: number): string {
  if (atMost !== undefined) return ours <= atMost ? 'pass' : 'miss';
  if (atMostRatio === undefined || ratio === undefined) return none;
  return ratio <= atMostRatio ? 'pass' : 'miss';
}

function times(ratio: number | undefined): string {
  return ratio === undefined ? none : ratio.toFixed(2);
}

/** Three digits that mean something. */
function digits(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
