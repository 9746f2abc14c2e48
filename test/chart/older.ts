import { checkoutFolder } from '../cluster/checkout.ts';
import { runToEnd, type Ended } from './processes.ts';

/** What makes a chart another one for those who have it installed. */
const sources = ['charts/fleetwright/templates', 'charts/fleetwright/files', 'charts/fleetwright/values.yaml', 'crds/*.yaml'];
/** The definitions are links from there. */
const needed = ['charts/fleetwright', 'crds'];

async function git(args: readonly string[]): Promise<Ended> {
  const { PATH = '', HOME = '' } = process.env;
  return runToEnd('git', ['-C', checkoutFolder, ...args], { PATH, HOME });
}

/**
 * Brings the chart as it was before its last change to a folder, from the history of this checkout.
 * @returns the folder of the chart; undefined where the history does not reach so far
 */
export async function olderChart(folder: string): Promise<string | undefined> {
  const { stdout } = await git(['log', '--format=%H', '--', ...sources]);
  for (const commit of stdout.split('\n').filter((line) => line !== '')) {
    if ((await git(['diff', '--quiet', commit, '--', ...sources])).code !== 1) continue;
    const archive = `${folder}/older.tar`;
    const { code, stderr } = await git(['archive', `--output=${archive}`, commit, ...needed]);
    if (code !== 0) throw new Error(`git archive of ${commit} ended with ${code}: ${stderr}`);
    const unpacked = await runToEnd('tar', ['-xf', archive, '-C', folder], { PATH: process.env['PATH'] ?? '' });
    if (unpacked.code !== 0) throw new Error(`${archive} cannot be unpacked: ${unpacked.stderr}`);
    return `${folder}/charts/fleetwright`;
  }
  return undefined;
}
