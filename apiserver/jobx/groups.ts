import { createHash } from 'node:crypto';

import { batchesOf } from '../../crds/batches.ts';
import { idOf, requestedByAnnotation, requestIdAnnotation } from '../../crds/labels.ts';
import type { DeployGroup } from '../../crds/types/deploygroup.ts';
import { pause } from '../../kube/backoff.ts';
import type { Caller } from '../auth/caller.ts';
import { NameTakenError } from '../objects/create.ts';
import { deleteObject } from '../objects/delete.ts';
import { patchObject } from '../objects/patch.ts';
import { JobxError } from './errors.ts';
import { groupIn } from './group-form.ts';
import { formats, required, type Params } from './params.ts';
import { isThere, type Project } from './projects.ts';
import type { Call } from './call.ts';
import { timeText } from './times.ts';

/** Annotation with the name that the caller gave, which may be changed and hold what no object's name can. */
const nameAnnotation = 'fleetwright.io/jobx-name';
const editedAnnotation = 'fleetwright.io/jobx-edited-at';

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
  if (made === undefined || !isThere(made) || groupNameOf(made) !== name)
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

/** Milliseconds between two looks at a group that its controller has not resolved yet, and how many there are. */
const look = { every: 100, times: 30 };

/**
 * @returns the hosts by batch; of a group whose hosts stand elsewhere, as its controller has found them, for whom a
 * group that was made a moment ago is waited.
 * @throws JobxError for a group that cannot be resolved, or is not yet
 */
export async function nodesOf(project: Project, caller: Caller, id: string): Promise<readonly (readonly string[])[]> {
  let group = await groupOf(project, caller, id);
  if (group.spec.nodes === undefined || group.spec.nodes.names !== undefined) return namedIn(group);
  for (let times = 1; !isResolved(group) && times < look.times; times += 1) {
    await pause(look.every, undefined);
    group = await groupOf(project, caller, id);
  }
  const { batches = [], message } = group.status ?? {};
  if (!isResolved(group)) throw new JobxError('the group is being resolved', { fix: 'ask again' });
  if (message !== undefined) throw new JobxError(message);
  return batches.map(({ hosts }) => hosts);
}

function namedIn({ spec }: DeployGroup): readonly (readonly string[])[] {
  const { batches, problem } = batchesOf(spec);
  if (batches === undefined) throw new JobxError(problem);
  return batches;
}

function isResolved({ metadata, status }: DeployGroup): boolean {
  return status?.observedGeneration === metadata.generation;
}

/** @throws JobxError `mismatch id` */
export async function groupOf(project: Project, caller: Caller, id: string): Promise<DeployGroup> {
  const found = await project.groupLookup.byId(caller, project.namespace, Number(id));
  if (found === undefined || !isThere(found.object)) throw noSuchGroup(project, id);
  return found.object;
}

function noSuchGroup({ id: project }: Project, id: string): JobxError {
  return new JobxError('mismatch id', { fix: `project ${project} has no group ${id}; see GET /group/${project}` });
}

/** @throws JobxError, and what ObjectCreator.create throws */
export async function createGroup(project: Project, call: Call, params: Params): Promise<void> {
  const { caller, requestId } = call;
  const { name, spec } = await groupIn(project, call, params);
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
      fix: 'give another one; if it was deleted just now, try again in a moment',
      original: duplicate(project, name),
      cause: error,
    });
  }
}

/** What the group said before of where its hosts are named, for a patch that says it anew. */
const noNodes = { names: null, selector: null, address: null, inventory: null };

/** @throws JobxError, and what patchObject throws */
export async function editGroup(project: Project, call: Call, params: Params): Promise<void> {
  const { caller, requestId } = call;
  const id = required(params, 'id', formats.number);
  const group = await groupOf(project, caller, id);
  const { name, spec } = await groupIn(project, call, params);
  await refuseTaken(project, caller, name, group.metadata.uid);
  const { type, list = null, percent = null, note = null } = spec;
  const nodes = spec.nodes === undefined ? null : { ...noNodes, ...spec.nodes };
  const annotations = { [nameAnnotation]: name, [editedAnnotation]: new Date().toISOString() };
  const change = (): object => ({ metadata: { annotations }, spec: { type, list, nodes, percent, note } });
  const act = { operation: 'edit', requestId, change };
  if (!(await patchObject(caller, group, act, project.groups, project.groupLookup.recent)))
    throw noSuchGroup(project, id);
}

/** @throws JobxError, and what deleteObject throws */
export async function deleteGroup(project: Project, { caller, requestId }: Call, params: Params): Promise<void> {
  const id = required(params, 'id', formats.number);
  const group = await groupOf(project, caller, id);
  if (!(await deleteObject(caller, group, requestId, project.groups, project.groupLookup.recent)))
    throw noSuchGroup(project, id);
}

async function refuseTaken(project: Project, caller: Caller, name: string, uid: string | undefined): Promise<void> {
  const others = (await project.allGroups(caller)).filter(({ metadata }) => metadata.uid !== uid);
  if (others.some((group) => groupNameOf(group) === name))
    throw new JobxError(`there is a group ${name} already`, {
      fix: 'give another name',
      original: duplicate(project, name),
    });
}

/** As the database of the original said it. */
function duplicate({ id }: Project, name: string): string {
  return `Duplicate entry '${id}-${name}'`;
}
