import { median } from '../statistics.ts';
import { renderTable } from '../table.ts';
import type { DrainFigures, Turn } from './measure.ts';

const none = '–';

/** The table of a ClusterStage against `kubectl drain`. The targets are explained in docs/performance.md. */
export function drainReport(figures: DrainFigures, judged: boolean): string {
  const { size, parallel, kubectl, fleetwright, sights, memory } = figures;
  const ratio = (of: (turn: Turn) => number): number =>
    median(fleetwright.map((turn, round) => of(turn) / of(kubectl[round] ?? turn)));
  const verdict = (good: boolean): string => (judged ? (good ? 'pass' : 'miss') : none);
  const compared = (title: string, of: (turn: Turn) => number, unit: string, target: number): readonly string[] => [
    title,
    `${median(kubectl.map(of)).toFixed(1)}${unit}`,
    `${median(fleetwright.map(of)).toFixed(1)}${unit}`,
    ratio(of).toFixed(2),
    `≤ ${target.toFixed(2)}`,
    verdict(ratio(of) <= target),
  ];
  const seen = (title: string, value: number, target: number, unit = ''): readonly string[] => [
    title,
    none,
    `${value.toFixed(0)}${unit}`,
    none,
    `≤ ${target.toFixed(0)}${unit}`,
    verdict(value <= target),
  ];
  const most = (of: (typeof sights)[number]): number => of.statusBytes / 1024;
  return renderTable(
    ['figure', 'kubectl drain', 'ClusterStage', 'ratio', 'target', ''],
    [
      compared(
        `${size.nodes} nodes with ${size.pods} pods emptied and put back, ${parallel.ofAll} at once`,
        ({ seconds }) => seconds,
        ' s',
        0.8,
      ),
      compared('… calls to the API server for each node', ({ calls }) => calls, '', 0.5),
      seen('… nodes out of service at once', Math.max(...sights.map(({ mostOut }) => mostOut)), parallel.ofAll),
      seen('… of one zone', Math.max(...sights.map(({ mostOutOfZone }) => mostOutOfZone)), parallel.ofZone),
      seen('… times that a node went out of service', Math.max(...sights.map(({ timesOut }) => timesOut)), 1),
      seen('… memory of the controllers at most', memory, 250, ' MiB'),
      seen('… size of the status at most', Math.max(...sights.map(most)), 256, ' KiB'),
      seen('… writes of the status in a second at most', Math.max(...sights.map((each) => each.statusWrites)), 1),
    ],
  );
}
