import { rollingUpgrades } from '../../crds/types/rollingupgrade.ts';
import type { Callers } from '../api.ts';
import { signatureKind } from './signature-kind.ts';

const reading = ['get', 'list', 'watch'];
/** A dry run is deleted when it has told what it found, and so is an upgrade that cannot begin. */
const writing = ['create', 'delete'];

/** Who calls this API: whoever signs with a secret key and may look at upgrades, or make some. */
export const sesCallers: Callers = {
  credential: signatureKind,
  rights(readOnly) {
    const { group, plural } = rollingUpgrades;
    return {
      namespaced: {
        rules: [{ apiGroups: [group], resources: [plural], verbs: readOnly ? reading : [...reading, ...writing] }],
        inWords: readOnly ? 'look at upgrades of search clusters' : 'upgrade search clusters, and look at upgrades',
      },
    };
  },
};
