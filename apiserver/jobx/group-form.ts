import { batchesOf, isSize } from '../../crds/batches.ts';
import type { DeployGroupSpec } from '../../crds/types/deploygroup.ts';
import { FormatError, JobxError } from './errors.ts';
import { hostsConfigMap, namesHosts } from './hosts.ts';
import type { Mode } from './mode.ts';
import { formats, optional, required, type Params } from './params.ts';
import type { Project } from './projects.ts';
import type { Call } from './call.ts';

const longestName = 100;
const longestNote = 200;
/** Sizes of batches of a group, of which the last one counts for all further batches. */
const mostSizes = 100;

/** What a call says of a group. */
export interface GivenGroup {
  readonly name: string;
  readonly spec: DeployGroupSpec;
}

/** @returns the group that the parameters describe. @throws JobxError */
export async function groupIn(project: Project, { caller, mode }: Call, params: Params): Promise<GivenGroup> {
  const name = required(params, 'name', formats.words, longestName);
  const note = optional(params, 'note', formats.text, longestNote);
  const type = required(params, 'group_type', formats.groupType);
  const noted = note === undefined ? {} : { note };
  if (type === 'list') return { name, spec: checked({ type: 'List', list: listIn(params, mode), ...noted }) };
  if (type !== 'percent') throw new JobxError('group type unkwon', { fix: 'give group_type as list or percent' });
  const percent = sizesIn(required(params, 'percent', formats.sizes), mode);
  const names = nodesIn(params, mode).flat();
  if (names.length > 0) return { name, spec: checked({ type: 'Percent', nodes: { names }, percent, ...noted }) };
  if (!(await namesHosts(project.groups.clientOf(caller), project.namespace)))
    throw new JobxError('node undef', {
      fix: `give the hosts in node, or ask the operator to name those of the project in ConfigMap ${hostsConfigMap}`,
    });
  const nodes = { inventory: { name: hostsConfigMap } };
  return { name, spec: { type: 'Percent', nodes, percent, ...noted } };
}

function listIn(params: Params, mode: Mode): readonly { readonly hosts: readonly string[] }[] {
  const batches = nodesIn(params, mode);
  if (batches.length === 0)
    throw new JobxError('node undef', {
      fix: 'give the hosts with commas, and the batches with semicolons between them: node1,node2;node3',
    });
  return batches.map((hosts) => ({ hosts }));
}

/**
 * Batches are parted by semicolons, hosts by commas.
 * @returns nothing where there is no host at all. @throws FormatError for an empty batch, or an empty place in one
 */
function nodesIn(params: Params, { passesEmptyHosts }: Mode): readonly (readonly string[])[] {
  const text = optional(params, 'node', formats.text, 20_000) ?? '';
  const batches = text.split(';').map((batch) => batch.split(',').map((host) => host.trim()));
  const named = batches.map((hosts) => hosts.filter((host) => host !== '')).filter(({ length }) => length > 0);
  const at = batches.findIndex((hosts) => hosts.includes(''));
  if (named.length === 0 || at === -1 || passesEmptyHosts) return named;
  const [first, ...others] = batches[at] ?? [];
  const place = others.length === 0 ? `batch ${at + 1}` : `batch ${at + 1}, host ${[first, ...others].indexOf('') + 1}`;
  throw new FormatError('node format error', { fix: `${place}: there is none: name it, or take the separator away` });
}

/** `%10` stands in the document for 10 %. @throws FormatError */
function sizesIn(text: string, { takesLeadingPercent }: Mode): readonly string[] {
  const tokens = text.split(':');
  if (tokens.length > mostSizes)
    throw new FormatError('percent format error', {
      fix: `there are ${tokens.length} sizes, more than ${mostSizes}: the last one counts for all further batches`,
    });
  return tokens.map((token, index) => {
    const given = token.trim();
    const size = takesLeadingPercent ? given.replace(/^%([0-9.]+)$/, '$1%') : given;
    if (isSize(size)) return size;
    const place = `${JSON.stringify(token)}, the size of batch ${index + 1}`;
    throw new FormatError('percent format error', {
      // Said by what put hosts into batches, which no check had kept from it.
      original: 'percent format error',
      fix: `${place}: give a whole number of hosts from 1, or a percentage`,
    });
  });
}

function checked(spec: DeployGroupSpec): DeployGroupSpec {
  const { problem } = batchesOf(spec);
  if (problem !== undefined) throw new FormatError('node format error', { fix: inText(problem) });
  return spec;
}

/** Places in the spec, of which callers know nothing, as places in what they sent. */
function inText(problem: string): string {
  return problem
    .replaceAll(
      /list\[(\d+)\][.]hosts\[(\d+)\]/g,
      (_, batch, host) => `batch ${Number(batch) + 1}, host ${Number(host) + 1}`,
    )
    .replaceAll(/nodes[.]names\[(\d+)\]/g, (_, host) => `host ${Number(host) + 1}`);
}
