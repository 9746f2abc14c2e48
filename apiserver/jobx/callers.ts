import { agentJobs } from '../../crds/types/agentjob.ts';
import { agentTasks } from '../../crds/types/agenttask.ts';
import { deployGroups } from '../../crds/types/deploygroup.ts';
import type { Callers } from '../api.ts';
import { appkeyKind } from './appkey-kind.ts';
import { hostsConfigMap } from './hosts.ts';

/**
 * The permission points of the original program, as verbs on objects. Every point has those of reading: calls look for
 * what they work on. Whoever deletes a group or decides on a task notes so on it, for which he patches it.
 */
const points = {
  read: { inWords: 'look at groups, tasks and their logs', groups: [], tasks: [] },
  write: { inWords: 'make and change groups, run jobs on them', groups: ['create', 'patch'], tasks: ['create'] },
  delete: { inWords: 'delete groups', groups: ['patch', 'delete'], tasks: [] },
  control: { inWords: 'confirm, stop and take back tasks', groups: [], tasks: ['create', 'patch'] },
} as const;

type Point = keyof typeof points;
const allPoints = Object.keys(points).filter(isPoint);
const reading = ['get', 'list', 'watch'];

function isPoint(name: string): name is Point {
  return name in points;
}

/** Who calls this API: applications that work with groups and the tasks on them. */
export const jobxCallers: Callers = {
  credential: appkeyKind,
  permissions: allPoints,
  rights(readOnly, permissions = readOnly ? ['read'] : allPoints) {
    const given = allPoints.filter((point) => point === 'read' || permissions.includes(point));
    const { group } = agentTasks;
    const verbs = (of: 'groups' | 'tasks'): string[] => [
      ...new Set([...reading, ...given.flatMap((point) => [...points[point][of]])]),
    ];
    return {
      namespaced: {
        rules: [
          { apiGroups: [group], resources: [deployGroups.plural], verbs: verbs('groups') },
          { apiGroups: [group], resources: [agentTasks.plural], verbs: verbs('tasks') },
          { apiGroups: [group], resources: [`${agentTasks.plural}/log`], verbs: ['get'] },
          { apiGroups: [group], resources: [agentJobs.plural], verbs: ['get'] },
          { apiGroups: [''], resources: ['configmaps'], resourceNames: [hostsConfigMap], verbs: ['get'] },
        ],
        inWords: given.map((point) => points[point].inWords).join('; '),
      },
    };
  },
};
