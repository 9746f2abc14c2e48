import { rollingUpgrades } from '../../crds/types/rollingupgrade.ts';
import type { Callers } from '../api.ts';
import { signatureKind } from './signature-kind.ts';

/** Who calls this API: whoever signs with a secret key and may look at upgrades. Nothing can be changed by it. */
export const sesCallers: Callers = {
  credential: signatureKind,
  rights() {
    const { group, plural } = rollingUpgrades;
    return {
      namespaced: {
        rules: [{ apiGroups: [group], resources: [plural], verbs: ['get', 'list', 'watch'] }],
        inWords: 'look at upgrades of search clusters',
      },
    };
  },
};
