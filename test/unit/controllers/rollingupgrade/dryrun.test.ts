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

test('a dry run tells every step in order', () => {
  const { intents, status } = plan(dryRun([]), now);
  expect(intents).toEqual([]);
  expect(status?.preflight).toEqual([]);
  expect(status?.plan).toMatchInlineSnapshot(`
    [
      "claim 3 machines: os-1-host, os-2-host, os-3-host",
      "take snapshot up--snapshot into repository nightly",
      "upgrade node os-2 (2.7.0) on os-2-host to 2.9.0 by AgentTask up--2 with AgentJob replace-opensearch",
      "wait for spec.confirm (SecondNode)",
      "upgrade node os-3 (2.7.0) on os-3-host to 2.9.0 by AgentTask up--3 with AgentJob replace-opensearch",
      "wait for spec.confirm (LastNode)",
      "upgrade node os-1 (2.7.0, the elected manager) on os-1-host to 2.9.0 by AgentTask up--1 with AgentJob replace-opensearch",
      "on each node: set cluster.routing.allocation.enable (not set) to primaries, flush, replace the software, wait until the node is back, put the setting back, wait until every copy of every shard is where it can be, let it run for 60 s",
    ]
  `);
});

test('a dry run of what cannot work tells its steps as well as what stands against it', () => {
  const { intents, status } = plan(dryRun([index('alone', { replicas: 0 })]), now);
  expect(intents).toEqual([]);
  expect(status?.preflight?.map(({ check }) => check)).toEqual(['Replicas']);
  expect(status?.plan).toEqual(plan(dryRun([]), now).status?.plan);
  expect(status?.conditions?.find(({ type }) => type === 'Stalled')?.reason).toBe('PreflightFailed');
});
