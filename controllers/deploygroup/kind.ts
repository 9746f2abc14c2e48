import { deployGroups } from '../../crds/types/deploygroup.ts';
import type { Kind } from '../kind.ts';
import { addDeployGroup } from './controller.ts';

export const deployGroup: Kind = {
  name: 'deploygroup',
  settings: {},
  objects: deployGroups,
  finalizers: [],
  recorded: true,
  startErrors: [],
  configure: () => ({
    name: 'deploygroup',
    facts: {},
    async open({ manager, events, clock, systemNamespace, watchNamespace }) {
      addDeployGroup(manager, {
        events,
        clock,
        systemNamespace,
        ...(watchNamespace === undefined ? {} : { namespace: watchNamespace }),
      });
    },
  }),
};
