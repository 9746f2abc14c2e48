import { median } from '../statistics.ts';
import { renderTable } from '../table.ts';
import type { FacadeFigures, MemoryFigures, Pair } from './figures.ts';

const none = '–';
/** Reads a second, to the API server's; milliseconds that a create may take more. docs/performance.md says why. */
const leastReads = 8;
const mostMore = 0.5;

/** The table of the facade against the API server behind it. */
export function facadeReport({ reads, creates, memory }: FacadeFigures, judged: boolean): string {
  const rows = [
    ...readRows(reads, judged),
    ...createRows(creates, judged),
    ...(memory === undefined ? [] : memoryRows(memory)),
  ];
  return renderTable(['figure', 'kube-apiserver', 'facade', 'to kube-apiserver', 'target', ''], rows);
}

function readRows(reads: FacadeFigures['reads'], judged: boolean): string[][] {
  if (reads.length === 0) return [];
  const rate = paired(reads, ({ perSecond }) => perSecond);
  return [
    [
      'one task read, 16 connections',
      `${rate.apiserver.toFixed(0)} /s`,
      `${rate.facade.toFixed(0)} /s`,
      rate.ratio.toFixed(1),
      `≥ ${leastReads}`,
      verdict(rate.ratio >= leastReads, judged),
    ],
    ratioRow(
      '… processor time of the server for each',
      3,
      paired(reads, ({ cpu }) => cpu),
    ),
    ratioRow(
      '… p50',
      2,
      paired(reads, ({ p50 }) => p50),
    ),
    ratioRow(
      '… p99',
      2,
      paired(reads, ({ p99 }) => p99),
    ),
    [
      '… share of a processor that the load generator used',
      ...(['apiserver', 'facade'] as const).map((side) => median(reads.map((pair) => pair[side].generator)).toFixed(2)),
      none,
      none,
      none,
    ],
  ];
}

function createRows(creates: FacadeFigures['creates'], judged: boolean): string[][] {
  if (creates.length === 0) return [];
  const p50 = paired(creates, (figures) => figures.p50);
  const p99 = paired(creates, (figures) => figures.p99);
  return [
    [
      'one task created, one connection: p50',
      `${p50.apiserver.toFixed(2)} ms`,
      `${p50.facade.toFixed(2)} ms`,
      more(p50.difference),
      `≤ +${mostMore} ms`,
      verdict(p50.difference <= mostMore, judged),
    ],
    ['… p99', `${p99.apiserver.toFixed(2)} ms`, `${p99.facade.toFixed(2)} ms`, more(p99.difference), none, none],
  ];
}

function memoryRows({ empty, filled, tasks }: MemoryFigures): string[][] {
  return [
    ['memory without tasks', none, `${empty.toFixed(0)} MiB`, none, none, none],
    [`memory with ${tasks} tasks`, none, `${filled.toFixed(0)} MiB`, none, none, none],
    ['… for each task', none, `${(((filled - empty) / tasks) * 1024).toFixed(1)} KiB`, none, none, none],
  ];
}

interface Paired {
  readonly apiserver: number;
  readonly facade: number;
  readonly ratio: number;
  readonly difference: number;
}

/** Ratio and difference are the medians of those within each round: what disturbed a whole round cancels out. */
function paired<F>(rounds: readonly Pair<F>[], value: (figures: F) => number): Paired {
  const pairs = rounds.map(({ apiserver, facade }) => [value(apiserver), value(facade)] as const);
  return {
    apiserver: median(pairs.map(([apiserver]) => apiserver)),
    facade: median(pairs.map(([, facade]) => facade)),
    ratio: median(pairs.map(([apiserver, facade]) => facade / apiserver)),
    difference: median(pairs.map(([apiserver, facade]) => facade - apiserver)),
  };
}

function ratioRow(title: string, digits: number, { apiserver, facade, ratio }: Paired): string[] {
  return [title, `${apiserver.toFixed(digits)} ms`, `${facade.toFixed(digits)} ms`, ratio.toFixed(2), none, none];
}

function more(milliseconds: number): string {
  return `${milliseconds < 0 ? '−' : '+'}${Math.abs(milliseconds).toFixed(2)} ms`;
}

function verdict(held: boolean, judged: boolean): string {
  if (!judged) return none;
  return held ? 'pass' : 'miss';
}
