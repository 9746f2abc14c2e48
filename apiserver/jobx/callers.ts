import { agentJobs } from '../../crds/types/agentjob.ts';
import { agentTasks } from '../../crds/types/agenttask.ts';
import { deployGroups } from '../../crds/types/deploygroup.ts';
import type { Callers } from '../api.ts';
import { appkeyKind } from './appkey-kind.ts';
import { hostsConfigMap } from './hosts.ts';

const reading = ['get', 'list', 'watch'];

/** Who calls this API: applications that work with groups and the tasks on them. */
export const jobxCallers: Callers = {
  credential: appkeyKind,
  rights(readOnly) {
    const { group } = agentTasks;
    const verbs = (...writing: readonly string[]): string[] => (readOnly ? reading : [...reading, ...writing]);
    return {
      namespaced: {
        rules: [
          { apiGroups: [group], resources: [deployGroups.plural], verbs: verbs('create', 'patch', 'delete') },
          { apiGroups: [group], resources: [agentTasks.plural], verbs: verbs('create', 'patch') },
          { apiGroups: [group], resources: [`${agentTasks.plural}/log`], verbs: ['get'] },
          { apiGroups: [group], resources: [agentJobs.plural], verbs: ['get'] },
          { apiGroups: [''], resources: ['configmaps'], resourceNames: [hostsConfigMap], verbs: ['get'] },
        ],
        inWords: readOnly
          ? 'look at groups, tasks and their logs'
          : 'make, change and delete groups, run, confirm, stop and look at tasks on them, and read their logs',
      },
    };
  },
};
