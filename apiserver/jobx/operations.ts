import { requestedByAnnotation } from '../../crds/labels.ts';
import { listedOperations } from '../../crds/operations.ts';
import type { KubeObject } from '../../kube/objects.ts';
import type { Caller } from '../auth/caller.ts';
import { groupNameOf } from './groups.ts';
import type { Mode } from './mode.ts';
import type { Project } from './projects.ts';
import { timeText } from './times.ts';
import { uuidOf } from './uuids.ts';

interface Line {
  readonly user: string;
  readonly operation: string;
  readonly what: 'group' | 'task';
  readonly name: string;
  readonly time: string;
  /** By which it comes in the list, in milliseconds. */
  readonly at: number;
}

/** What was done to the groups and tasks that are there, the latest first; of those that are gone nothing is left. */
export async function operationsOf(project: Project, caller: Caller, { tells }: Mode): Promise<readonly object[]> {
  const groups = await project.allGroups(caller);
  const runs = await project.runs(caller);
  const lines = [
    ...groups.flatMap((group) => linesOf(group, 'add', 'group', groupNameOf(group))),
    ...runs.flatMap((task) => linesOf(task, 'start', 'task', uuidOf(task))),
  ].toSorted((one, other) => one.at - other.at);
  return lines
    .filter(({ operation, what }) => tells(operation, what))
    .map(({ user, operation, what, name, time }, index) => {
      const info = `${operation} ${what} ${name}`;
      return { id: index + 1, user, info, create_time: timeText(time) };
    })
    .toReversed();
}

function linesOf({ metadata }: KubeObject, made: string, what: Line['what'], name: string): readonly Line[] {
  const { annotations, creationTimestamp: time = '' } = metadata;
  const acts = listedOperations(annotations).map((act) => ({
    user: act.user,
    operation: act.operation,
    what,
    name,
    time: act.time,
    at: Date.parse(act.time),
  }));
  // The API server tells only the second in which it was made: late in it, but not after what was done to it.
  const at = Math.min(Date.parse(time) + 999, ...acts.map((act) => act.at));
  const user = annotations?.[requestedByAnnotation] ?? '';
  return [{ user, operation: made, what, name, time, at }, ...acts];
}
