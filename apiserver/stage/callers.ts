import { clusterStages } from '../../crds/types/clusterstage.ts';
import type { Callers } from '../api.ts';
import { secureKeyKind } from '../auth/secure-key.ts';

const reading = ['get', 'list', 'watch'];
const writing = ['create', 'patch'];

/** Who calls this API: whoever has a secure-key and may work with stages, which are objects of the whole cluster. */
export const stageCallers: Callers = {
  credential: secureKeyKind,
  rights(readOnly) {
    const { group, plural } = clusterStages;
    const verbs = readOnly ? reading : [...reading, ...writing];
    return {
      cluster: {
        rules: [{ apiGroups: [group], resources: [plural], verbs }],
        inWords: readOnly ? 'look at stages' : 'set and look at stages',
      },
    };
  },
};
