import { agentTasks } from '../../crds/types/agenttask.ts';
import type { Callers } from '../api.ts';
import { bearerKind } from '../auth/bearer-kind.ts';

const reading = ['get', 'list', 'watch'];
const writing = ['create', 'patch'];

/** Who calls this API: whoever has a bearer token and may work with tasks. */
export const dispatchCallers: Callers = {
  credential: bearerKind,
  rights(readOnly) {
    const { group, plural } = agentTasks;
    return {
      namespaced: {
        rules: [
          { apiGroups: [group], resources: [plural], verbs: readOnly ? reading : [...reading, ...writing] },
          { apiGroups: [group], resources: [`${plural}/log`], verbs: ['get'] },
        ],
        inWords: readOnly ? 'look at tasks and their logs' : 'make, stop and look at tasks, and read their logs',
      },
    };
  },
};
