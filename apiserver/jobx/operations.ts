import { requestedByAnnotation } from '../../crds/labels.ts';
import { listedOperations } from '../../crds/operations.ts';
import type { KubeObject } from '../../kube/objects.ts';
import type { Caller } from '../auth/caller.ts';
import { groupNameOf } from './groups.ts';
import type { Project } from './projects.ts';
import { timeText } from './times.ts';
import { uuidOf } from './uuids.ts';

interface Line {
  readonly user: string;
  readonly info: string;
  readonly time: string;
}

/** What was done to the groups and tasks that are there, the latest first; of those that are gone nothing is left. */
export async function operationsOf(project: Project, caller: Caller): Promise<readonly object[]> {
  const groups = await project.allGroups(caller);
  const runs = await project.runs(caller);
  const lines = [
    ...groups.flatMap((group) => linesOf(group, 'add', `group ${groupNameOf(group)}`)),
    ...runs.flatMap((task) => linesOf(task, 'start', `task ${uuidOf(task)}`)),
  ].toSorted((one, other) => (one.time < other.time ? -1 : 1));
  return lines
    .map(({ user, info, time }, index) => ({ id: index + 1, user, info, create_time: timeText(time) }))
    .toReversed();
}

function linesOf({ metadata }: KubeObject, made: string, what: string): readonly Line[] {
  const { annotations, creationTimestamp = '' } = metadata;
  return [
    { user: annotations?.[requestedByAnnotation] ?? '', info: `${made} ${what}`, time: creationTimestamp },
    ...listedOperations(annotations).map(({ operation, user, time }) => ({ user, info: `${operation} ${what}`, time })),
  ];
}
