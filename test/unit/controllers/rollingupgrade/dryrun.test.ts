import { expect, test } from 'vitest';

import type { Observed } from '../../../../controllers/rollingupgrade/observe.ts';
import { plan } from '../../../../controllers/rollingupgrade/plan.ts';
import { rollingUpgrade } from '../../../harness/rollingupgrade/objects.ts';
import { index, look, survey } from './looks.ts';

const now = new Date('2026-01-01T12:00:00Z');
const nothing = { held: [], taken: [], stale: [], unknown: [], unreadable: [] };

function dryRun(indices: readonly ReturnType<typeof index>[]): Observed {
  return {
    upgrade: rollingUpgrade('up', ['os-1', 'os-2', 'os-3'], {
      dryRun: true,
      snapshot: { repository: 'nightly', take: true },
      rollout: { bakeSeconds: 60, confirmBefore: ['SecondNode', 'LastNode'] },
    }),
    claims: { ...nothing, tickets: new Map(), waiting: new Map() },
    rival: undefined,
    jobThere: true,
    child: { is: 'unmade', refusal: undefined },
    children: [],
    sight: {
      is: 'seen',
      look: look(),
      indices: [],
      copies: [],
      explanations: [],
      snapshots: [],
      survey: survey({ indices }),
    },
  };
}

test('a dry run tells every step in order', async () => {
  const { intents, status } = plan(dryRun([]), now);
  expect(intents).toEqual([]);
  expect(status?.preflight).toEqual([]);
  await expect(`${status?.plan?.join('\n')}\n`).toMatchFileSnapshot('stories/plan.txt');
});

test('a dry run of what cannot work tells its steps as well as what stands against it', () => {
  const { intents, status } = plan(dryRun([index('alone', { replicas: 0 })]), now);
  expect(intents).toEqual([]);
  expect(status?.preflight?.map(({ check }) => check)).toEqual(['Replicas']);
  expect(status?.plan).toEqual(plan(dryRun([]), now).status?.plan);
  expect(status?.conditions?.find(({ type }) => type === 'Stalled')?.reason).toBe('PreflightFailed');
});
