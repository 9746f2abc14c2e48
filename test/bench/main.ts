/** `make bench`: prints how kube/, AgentTask and the facade compare with what they are measured against. */
import { availableParallelism, loadavg } from 'node:os';

import { messageOf } from '../cluster/errors.ts';
import { measureOverhead } from './cases/agenttask.ts';
import { measureHistory } from './cases/history.ts';
import { measureLists } from './cases/history-lists.ts';
import { historyReport, listsReport } from './cases/history-report.ts';
import { measureDrain } from './drain/measure.ts';
import { drainReport } from './drain/report.ts';
import { facadeCases, measureFacade } from './facade/measure.ts';
import { facadeReport } from './facade/report.ts';
import { measureGroups } from './groups/measure.ts';
import { groupsReport } from './groups/report.ts';
import { measureManagers } from './manager-cases.ts';
import { helpText, parseOptions, type Options } from './options.ts';
import { overheadReport, report } from './report.ts';
import { fullSizes, quickSizes, type Sizes } from './sizes.ts';

const log = (line: string): void => console.error(`${new Date().toTimeString().slice(0, 8)} ${line}`);

async function main(options: Options): Promise<void> {
  const { quick, rounds, cases } = options;
  const load = loadavg()[0] ?? 0;
  const sizes = quick ? quickSizes : fullSizes;
  const measurements = await measureManagers(cases, { rounds, sizes, log });
  const overhead = cases.includes('agenttask') ? await measureOverhead(rounds, log) : undefined;
  const wanted = facadeCases.filter((name) => cases.includes(name));
  const facade = wanted.length === 0 ? undefined : await measureFacade(wanted, { rounds, sizes, log });
  const drain = cases.includes('drain') ? await measureDrain({ rounds, size: sizes.fleet, log }) : undefined;
  const groups = await measuredGroups(options, sizes);
  const lists = cases.includes('lists') ? await measureLists(sizes.listed, log) : undefined;
  const history = cases.includes('history') ? await measureHistory(sizes, log) : undefined;
  console.log(headOf({ quick, rounds }, load));
  if (!measurements.empty) console.log(report(measurements, sizes, !quick));
  if (overhead !== undefined) console.log(overheadReport(overhead, !quick));
  if (facade !== undefined) console.log(facadeReport(facade, !quick));
  if (drain !== undefined) console.log(drainReport(drain, !quick));
  if (groups !== undefined) console.log(groups);
  if (history !== undefined) console.log(historyReport(history));
  if (lists !== undefined) console.log(listsReport(lists, sizes.listed, !quick));
}

async function measuredGroups({ quick, cases, hosts }: Options, { grouped }: Sizes): Promise<string | undefined> {
  if (!cases.includes('groups')) return undefined;
  const fleets = hosts === undefined ? grouped : [...grouped.filter((size) => size < hosts), hosts];
  return groupsReport(await measureGroups(fleets, log), !quick);
}

/** Under what the figures came about. */
function headOf({ quick, rounds }: Pick<Options, 'quick' | 'rounds'>, load: number): string {
  const processors = availableParallelism();
  const lines = [
    `\n${processors} processors, ${rounds} round${rounds === 1 ? '' : 's'}, medians; ` +
      `load of other programs at the start: ${load.toFixed(1)}`,
  ];
  if (quick) lines.push('A quick run is too little to compare by, so nothing is judged.');
  // Whoever has more threads gets more of a machine that is overbooked.
  if (load > processors / 2)
    lines.push(
      'Other programs kept the processors busy: believe the processor time and the memory of this run, not its times.',
    );
  return `${lines.join('\n')}\n`;
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) console.log(helpText);
  else await main(options);
} catch (error) {
  console.error(`bench: ${messageOf(error)}`);
  process.exitCode = 1;
}
