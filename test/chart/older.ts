import { cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { checkoutFolder } from '../cluster/checkout.ts';
import { runToEnd, type Ended } from './processes.ts';

/** What makes a chart another one for those who have it installed. */
const sources = [
  'charts/fleetwright/templates',
  'charts/fleetwright/files',
  'charts/fleetwright/values.yaml',
  'crds/*.yaml',
];
/** The definitions are links from there. */
const needed = ['charts/fleetwright', 'crds'];

async function git(args: readonly string[]): Promise<Ended> {
  const { PATH = '', HOME = '' } = process.env;
  return runToEnd('git', ['-C', checkoutFolder, ...args], { PATH, HOME });
}

/**
 * Brings the chart as it was before its last change to a folder, from the history of this checkout; where that does not
 * reach so far, the present one with an AgentTask that lacks a field.
 * @returns the folder of the chart
 */
export async function olderChart(folder: string): Promise<string> {
  return (await chartOfHistory(folder)) ?? withoutField(folder);
}

async function chartOfHistory(within: string): Promise<string | undefined> {
  const { stdout } = await git(['log', '--format=%H', '--', ...sources]);
  for (const commit of stdout.split('\n').filter((line) => line !== '')) {
    if ((await git(['diff', '--quiet', commit, '--', ...sources])).code !== 1) continue;
    const folder = join(within, commit);
    await mkdir(folder);
    const archive = `${folder}/older.tar`;
    const { code, stderr } = await git(['archive', `--output=${archive}`, commit, ...needed]);
    if (code !== 0) throw new Error(`git archive of ${commit} ended with ${code}: ${stderr}`);
    const unpacked = await runToEnd('tar', ['-xf', archive, '-C', folder], { PATH: process.env['PATH'] ?? '' });
    if (unpacked.code !== 0) throw new Error(`${archive} cannot be unpacked: ${unpacked.stderr}`);
    const chart = join(folder, 'charts', 'fleetwright');
    if ((await isWhole(chart)) && (await isKnown(chart))) return chart;
  }
  return undefined;
}

/** A chart that links to definitions that are not there was never installed by anybody. */
async function isWhole(chart: string): Promise<boolean> {
  const crds = join(chart, 'files', 'crds');
  const found = await Promise.all(
    (await readdir(crds)).map(async (name) => stat(join(crds, name)).catch(() => undefined)),
  );
  return found.every((one) => one !== undefined);
}

/** A definition that was taken back before a controller worked on it is nobody's to uninstall. */
async function isKnown(chart: string): Promise<boolean> {
  const present = await readdir(join(checkoutFolder, 'charts/fleetwright/files/crds'));
  return (await readdir(join(chart, 'files', 'crds'))).every((name) => present.includes(name));
}

interface Kind {
  readonly spec: { readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: Schema } }[] };
}

interface Schema {
  readonly properties: { readonly spec: { readonly properties: Record<string, unknown> } };
  'x-kubernetes-validations': readonly { readonly fieldPath?: string }[];
}

async function withoutField(folder: string): Promise<string> {
  const chart = join(folder, 'older', 'fleetwright');
  await cp(join(checkoutFolder, 'charts/fleetwright'), chart, { recursive: true, dereference: true });
  const file = join(chart, 'files/crds/agenttask.yaml');
  const kind: Kind = parse(await readFile(file, 'utf8'));
  for (const { schema } of kind.spec.versions) {
    const { openAPIV3Schema: whole } = schema;
    delete whole.properties.spec.properties['job'];
    whole['x-kubernetes-validations'] = whole['x-kubernetes-validations'].filter(
      ({ fieldPath }) => fieldPath !== '.spec.job',
    );
  }
  await writeFile(file, stringify(kind));
  return chart;
}
