import { renderTable } from '../table.ts';
import type { GroupFigures, GroupsFigures, Size } from './measure.ts';

/** Of what each host costs on the smallest fleet. */
const flat = 1.2;
/** KiB. */
const mostOfAnObject = 100;

/** The table of tasks on groups. The targets are explained in docs/performance.md. */
export function groupsReport({ fleets, largest }: GroupsFigures, judged: boolean): string {
  const [first] = fleets;
  const verdict = (good: boolean): string => (judged ? (good ? 'pass' : 'miss') : '–');
  const compared = (of: (figures: GroupFigures) => number, figures: GroupFigures): readonly string[] => {
    const ratio = of(figures) / (first === undefined ? 1 : of(first));
    return [of(figures).toFixed(2), ratio.toFixed(2), verdict(ratio <= flat)];
  };
  const sized = ({ bytes, kind }: Size): readonly string[] => [
    `${(bytes / 1024).toFixed(0)} KiB (${kind})`,
    verdict(bytes <= mostOfAnObject * 1024),
  ];
  return renderTable(
    ['hosts', 'calls each', 'ratio', '≤ 1.20', 'processor ms each', 'ratio', '≤ 1.20', 'largest object', '≤ 100 KiB'],
    [
      ...fleets.map((figures) => [
        `${figures.hosts.toLocaleString('en-US')} in tasks of ten`,
        ...compared(({ calls }) => calls, figures),
        ...compared(({ cpu }) => cpu, figures),
        ...sized(figures.largest),
      ]),
      ['1,000 in one task', '–', '–', '–', '–', '–', '–', ...sized(largest)],
    ],
  );
}
