import { availableParallelism } from 'node:os';

import { messageOf } from '../cluster/errors.ts';
import { measureManagers } from './manager-cases.ts';
import { helpText, parseOptions, type Options } from './options.ts';
import { report } from './report.ts';
import { fullSizes, quickSizes } from './sizes.ts';

const log = (line: string): void => console.error(`${new Date().toTimeString().slice(0, 8)} ${line}`);

async function main(options: Options): Promise<void> {
  const { quick, rounds, cases } = options;
  const measurements = await measureManagers(cases, { rounds, sizes: quick ? quickSizes : fullSizes, log });
  console.log(`\n${availableParallelism()} processors, ${rounds} round${rounds === 1 ? '' : 's'}, medians${quick ? '; a quick run: too little to compare by, so nothing is judged' : ''}\n`);
  console.log(report(measurements, !quick));
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) console.log(helpText);
  else await main(options);
} catch (error) {
  console.error(`bench: ${messageOf(error)}`);
  process.exitCode = 1;
}
