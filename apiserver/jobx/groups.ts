import { createHash } from 'node:crypto';

import { batchesOf, isSize } from '../../crds/batches.ts';
import { idOf, requestedByAnnotation, requestIdAnnotation } from '../../crds/labels.ts';
import type { DeployGroup, DeployGroupSpec } from '../../crds/types/deploygroup.ts';
import type { Caller } from '../auth/caller.ts';
import { NameTakenError } from '../objects/create.ts';
import { deleteObject } from '../objects/delete.ts';
import { patchObject } from '../objects/patch.ts';
import { FormatError, JobxError } from './errors.ts';
import { hostsConfigMap, hostsOfProject } from './hosts.ts';
import { formats, optional, required, type Params } from './params.ts';
import type { Project } from './projects.ts';
import { timeText } from './times.ts';

/** Annotation with the name that the caller gave, which may be changed and hold what no object's name can. */
const nameAnnotation = 'fleetwright.io/jobx-name';
const editedAnnotation = 'fleetwright.io/jobx-edited-at';
const longestName = 100;
const longestNote = 200;

/** What callers call a group; one that kubectl made is called as its object is. */
export function groupNameOf({ metadata }: DeployGroup): string {
  return metadata.annotations?.[nameAnnotation] ?? metadata.name;
}

/** @returns the group that is called so. @throws JobxError when there is none */
export async function groupNamed(project: Project, caller: Caller, name: string): Promise<DeployGroup> {
  const shown = (await project.allGroups(caller)).find((group) => groupNameOf(group) === name);
  if (shown !== undefined) return shown;
  // One that was made a moment ago the cache may not show yet.
  const key = { namespace: project.namespace, name: objectNameOf(name) };
  const made = (await project.groupLookup.byName(caller, key))?.object;
  if (made === undefined || groupNameOf(made) !== name)
    throw new JobxError(`group name null: ${name}`, { fix: 'make such a group, or name another one' });
  return made;
}

/** The object's name for a group that is made with this name: the API server decides whether it is taken. */
function objectNameOf(name: string): string {
  return `jobx-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
}

/** A group as lists show it. */
export function groupLine(group: DeployGroup): object {
  const { metadata, spec } = group;
  return {
    id: idOf(group) ?? 0,
    name: groupNameOf(group),
    note: spec.note ?? '',
    group_type: spec.type === 'List' ? 'list' : 'percent',
    group_uuid: (metadata.uid ?? '').replaceAll('-', '').slice(0, 12),
    edit_time: timeText(metadata.annotations?.[editedAnnotation] ?? metadata.creationTimestamp),
  };
}

/** A group by itself, with what it is made of in the form in which it is given. */
export function groupDetail(group: DeployGroup, project: string): object {
  const { type, list = [], percent = [] } = group.spec;
  const made =
    type === 'List' ? { node: list.map(({ hosts }) => hosts.join(',')).join(';') } : { percent: percent.join(':') };
  return { ...groupLine(group), projectid: Number(project), ...made };
}

/** @returns the hosts by batch. @throws JobxError for a group that kubectl made and that cannot be resolved */
export function nodesOf({ spec }: DeployGroup): readonly (readonly string[])[] {
  const { batches, problem } = batchesOf(spec);
  if (batches === undefined) throw new JobxError(problem);
  return batches;
}

/** @throws JobxError `mismatch id` */
export async function groupOf(project: Project, caller: Caller, id: string): Promise<DeployGroup> {
  const found = await project.groupLookup.byId(caller, project.namespace, Number(id));
  if (found === undefined) throw noSuchGroup(project, id);
  return found.object;
}

function noSuchGroup({ id: project }: Project, id: string): JobxError {
  return new JobxError('mismatch id', { fix: `project ${project} has no group ${id}; see GET /group/${project}` });
}

/** @throws JobxError, and what ObjectCreator.create throws */
export async function createGroup(project: Project, caller: Caller, params: Params, requestId: string): Promise<void> {
  const { name, spec } = await groupIn(project, caller, params);
  await refuseTaken(project, caller, name, undefined);
  try {
    await project.newGroups.create(caller, {
      apiVersion: 'fleetwright.io/v1alpha1',
      kind: 'DeployGroup',
      metadata: {
        namespace: project.namespace,
        name: objectNameOf(name),
        annotations: {
          [nameAnnotation]: name,
          [requestedByAnnotation]: caller.user,
          [requestIdAnnotation]: requestId,
        },
      },
      spec,
    });
  } catch (error) {
    if (!(error instanceof NameTakenError)) throw error;
    throw new JobxError(`the name ${name} is, or was, that of another group`, {
      fix: 'give another one',
      cause: error,
    });
  }
}

/** @throws JobxError, and what patchObject throws */
export async function editGroup(project: Project, caller: Caller, params: Params, requestId: string): Promise<void> {
  const id = required(params, 'id', formats.number);
  const group = await groupOf(project, caller, id);
  const { name, spec } = await groupIn(project, caller, params);
  await refuseTaken(project, caller, name, group.metadata.uid);
  const { type, list = null, nodes = null, percent = null, note = null } = spec;
  const annotations = { [nameAnnotation]: name, [editedAnnotation]: new Date().toISOString() };
  const change = (): object => ({ metadata: { annotations }, spec: { type, list, nodes, percent, note } });
  const act = { operation: 'edit', requestId, change };
  if (!(await patchObject(caller, group, act, project.groups, project.groupLookup.recent)))
    throw noSuchGroup(project, id);
}

/** @throws JobxError, and what deleteObject throws */
export async function deleteGroup(project: Project, caller: Caller, params: Params, requestId: string): Promise<void> {
  const id = required(params, 'id', formats.number);
  const group = await groupOf(project, caller, id);
  if (!(await deleteObject(caller, group, requestId, project.groups, project.groupLookup.recent)))
    throw noSuchGroup(project, id);
}

async function refuseTaken(project: Project, caller: Caller, name: string, uid: string | undefined): Promise<void> {
  const others = (await project.allGroups(caller)).filter(({ metadata }) => metadata.uid !== uid);
  if (others.some((group) => groupNameOf(group) === name))
    throw new JobxError(`there is a group ${name} already`, { fix: 'give another name' });
}

/** @throws JobxError */
async function groupIn(
  project: Project,
  caller: Caller,
  params: Params,
): Promise<{ readonly name: string; readonly spec: DeployGroupSpec }> {
  const name = required(params, 'name', formats.words, longestName);
  const note = optional(params, 'note', formats.text, longestNote);
  const type = required(params, 'group_type', formats.groupType);
  const noted = note === undefined ? {} : { note };
  if (type === 'list') return { name, spec: checked({ type: 'List', list: listIn(params), ...noted }) };
  if (type !== 'percent') throw new JobxError('group type unkwon', { fix: 'give group_type as list or percent' });
  const percent = sizesIn(required(params, 'percent', formats.sizes));
  const given = nodesIn(params).flat();
  const names = given.length > 0 ? given : await hostsOfProject(project.groups.clientOf(caller), project.namespace);
  if (names.length === 0)
    throw new JobxError('node undef', {
      fix: `give the hosts in node, or ask the operator to name those of the project in ConfigMap ${hostsConfigMap}`,
    });
  return { name, spec: checked({ type: 'Percent', nodes: { names }, percent, ...noted }) };
}

function listIn(params: Params): readonly { readonly hosts: readonly string[] }[] {
  const batches = nodesIn(params);
  if (batches.length === 0)
    throw new JobxError('node undef', {
      fix: 'give the hosts with commas, and the batches with semicolons between them: node1,node2;node3',
    });
  return batches.map((hosts) => ({ hosts }));
}

/** Batches are parted by semicolons, hosts by commas; empty ones are none. */
function nodesIn(params: Params): readonly (readonly string[])[] {
  const text = optional(params, 'node', formats.text, 20_000) ?? '';
  return text
    .split(';')
    .map((batch) =>
      batch
        .split(',')
        .map((host) => host.trim())
        .filter((host) => host !== ''),
    )
    .filter((batch) => batch.length > 0);
}

/** `%10` stands in the document for 10 %. @throws FormatError */
function sizesIn(text: string): readonly string[] {
  return text.split(':').map((token, index) => {
    const size = token.trim().replace(/^%([0-9.]+)$/, '$1%');
    if (isSize(size)) return size;
    throw new FormatError(`percent format error: ${JSON.stringify(token)}, the size of batch ${index + 1}`, {
      fix: 'give a whole number of hosts from 1, or a percentage',
    });
  });
}

function checked(spec: DeployGroupSpec): DeployGroupSpec {
  const { problem } = batchesOf(spec);
  if (problem !== undefined) throw new FormatError(`node format error: ${problem}`);
  return spec;
}
