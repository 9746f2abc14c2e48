import { expect, test } from 'vitest';

import { claimLabel } from '../../../../controllers/shared/hostclaims.ts';
import { openClaims } from '../../../../controllers/shared/open-claims.ts';
import type { Lease } from '../../../../kube/builtin.ts';
import type { Manager } from '../../../../kube/manager.ts';
import type { ResourceType } from '../../../../kube/objects.ts';
import type { Change } from '../../../../kube/reflector.ts';
import { Store } from '../../../../kube/store.ts';
import { fake, fakeKind, stages } from './fake-kinds.ts';

/** A manager whose caches tell of changes when the test does. */
function told(): { readonly manager: Manager; readonly tell: (change: Change<Lease>) => void } {
  let handler: ((change: Change<Lease>) => void) | undefined;
  const cache = ({ plural }: ResourceType): object => ({
    store: new Store(),
    onChange: (given: typeof handler) => {
      if (plural === 'leases') handler = given;
    },
  });
  return { manager: { client: {}, cache } as unknown as Manager, tell: (change) => handler?.(change) };
}

const object: Lease = {
  metadata: {
    name: 'host-n1',
    namespace: 'system',
    labels: { [claimLabel]: 'host' },
    annotations: { 'fleetwright.io/host': 'n1', 'fleetwright.io/holder': 'ClusterStage//n1' },
  },
  spec: { holderIdentity: 'u1' },
};

test.each([
  ['has ended, which therefore never released it', true, ['n1']],
  ['goes on', false, []],
])('a claim that is told of late wakes a holder who %s', (_what, ended, woken) => {
  const { manager, tell } = told();
  const { kinds } = openClaims(manager, { namespace: 'system' });
  const kind = fakeKind(stages);
  kinds.add(kind);
  kind.store.set(fake('n1', 'u1', { ended }));
  tell({ type: 'added', key: 'system/host-n1', object });
  expect(kind.woken).toEqual(woken);
});
