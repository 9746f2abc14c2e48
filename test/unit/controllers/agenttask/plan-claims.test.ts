import { expect, test } from 'vitest';

import { plan } from '../../../../controllers/agenttask/plan.ts';
import type { HostClaim } from '../../../../controllers/shared/hostclaims.ts';
import { noClaims, now, observed, shown } from '../../../harness/agenttask/observed.ts';
import { claimed, elder, limits, told, type Case } from './plans.ts';

const stageClaim: HostClaim = {
  ...claimed,
  holder: { kind: 'ClusterStage', name: 'n1', uid: 'u8' },
  lease: 'host-n1',
};

const cases: readonly Case[] = [
  [
    'claims of holders that have ended are freed',
    observed(shown(), { claims: { ...noClaims, taken: [claimed], stale: [claimed] } }),
    ['freeStaleClaim'],
    'Pending HostClaimed: host web-1 is claimed by AgentTask prod/rollout',
    1,
  ],
  [
    'a claimed host is waited for, and its holder named',
    observed(shown(), { claims: { ...noClaims, taken: [claimed] } }),
    [],
    'Pending HostClaimed: host web-1 is claimed by AgentTask prod/rollout',
    15,
  ],
  [
    'of many claimed hosts the first is named and the others counted',
    observed(shown(), { claims: { ...noClaims, taken: [claimed, claimed, claimed] } }),
    [],
    'Pending HostClaimed: host web-1 is claimed by AgentTask prod/rollout (and 2 more hosts are claimed)',
    15,
  ],
  [
    'an older task goes first',
    observed(shown(), { claims: { ...noClaims, waiting: new Map([['web-1', [elder]]]) } }),
    [],
    'Pending HostQueued: host web-1 goes first to AgentTask prod/old, which is older and waits',
    15,
  ],
  [
    'whoever is older goes first, of whatever kind',
    observed(shown(), {
      claims: { ...noClaims, waiting: new Map([['web-1', [{ ...elder, kind: 'ClusterStage', key: 'n1' }]]]) },
    }),
    [],
    'Pending HostQueued: host web-1 goes first to ClusterStage n1, which is older and waits',
    15,
  ],
  [
    'nobody is waited for who is younger',
    observed(shown(), {
      claims: { ...noClaims, waiting: new Map([['web-1', [{ ...elder, since: '2026-01-01T11:00:01Z' }]]]) },
    }),
    ['takeSlot', 'addFinalizer', 'claimHosts', 'prepareRun'],
    'Running Running: running on web-1',
    undefined,
  ],
  [
    'a holder without a namespace is named without one',
    observed(shown(), { claims: { ...noClaims, taken: [stageClaim] } }),
    [],
    'Pending HostClaimed: host web-1 is claimed by ClusterStage n1',
    15,
  ],
  [
    'a holder of a kind that is not known is waited for, and named',
    observed(shown(), { claims: { ...noClaims, taken: [stageClaim], unknown: [stageClaim] } }),
    [],
    'Pending HostClaimed: host web-1 is claimed by ClusterStage n1, ' +
      'a kind that these controllers do not know: they cannot tell whether it has ended',
    15,
  ],
  [
    'a task that waits gives back what a failed start had claimed',
    observed(shown(), { claims: { ...noClaims, held: ['web-1'], waiting: new Map([['web-2', [elder]]]) } }),
    ['releaseHosts'],
    'Pending HostQueued: host web-2 goes first to AgentTask prod/old, which is older and waits',
    15,
  ],
  [
    'a claim that does not say whose it is is respected, and its Lease named',
    observed(shown(), {
      claims: { ...noClaims, taken: [claimed], unreadable: [{ host: 'web-2', lease: 'system/host-web-2' }] },
    }),
    [],
    'Pending ClaimUnreadable: host web-2 is claimed by Lease system/host-web-2, ' +
      'which does not say by whom: when nothing works there, delete it',
    15,
  ],
];

test.each(cases)('%s', (_sentence, world, does, says, again) => {
  expect(told(plan(world, now, limits))).toEqual({ does, says, again });
});
