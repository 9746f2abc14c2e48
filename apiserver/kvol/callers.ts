import { storageZones } from '../../crds/types/storagezone.ts';
import { volumeRecoveries } from '../../crds/types/volumerecovery.ts';
import type { Callers } from '../api.ts';
import { kvolKind } from './credential.ts';

/** Who calls this API: whoever has a credential of its own, may work with recoveries and see zones. */
export const kvolCallers: Callers = {
  credential: kvolKind,
  rights(readOnly) {
    const { group, plural } = volumeRecoveries;
    const verbs = ['get', 'list', ...(readOnly ? [] : ['create'])];
    return {
      namespaced: {
        rules: [{ apiGroups: [group], resources: [plural], verbs }],
        inWords: readOnly ? 'look at recoveries of volumes' : 'recover volumes, and look at recoveries',
      },
      cluster: {
        rules: [{ apiGroups: [group], resources: [storageZones.plural], verbs: ['list'] }],
        inWords: 'look at zones of storage',
      },
    };
  },
};
