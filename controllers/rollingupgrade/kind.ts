import { rollingUpgrades } from '../../crds/types/rollingupgrade.ts';
import type { Kind } from '../kind.ts';
import { addRollingUpgrade } from './controller.ts';
import { openSearchEngines } from './engine/engines.ts';
import { finalizer } from './finalizers.ts';

export const rollingUpgrade: Kind = {
  name: 'rollingupgrade',
  settings: {},
  objects: rollingUpgrades,
  finalizers: [finalizer],
  startErrors: [],
  configure: () => ({
    name: 'rollingupgrade',
    facts: {},
    async open({ manager, events, clock, claims, watchNamespace }) {
      addRollingUpgrade(manager, {
        engines: openSearchEngines(),
        events,
        clock,
        claims,
        ...(watchNamespace === undefined ? {} : { namespace: watchNamespace }),
      });
    },
  }),
};
