import { describe, expect, test } from 'vitest';

import { leaveNothingBehind } from '../../../../controllers/rollingupgrade/deletion.ts';
import { finalizer } from '../../../../controllers/rollingupgrade/finalizers.ts';
import type { Observed, Sight } from '../../../../controllers/rollingupgrade/observe.ts';
import type { AgentTask } from '../../../../crds/types/agenttask.ts';
import type { RollingUpgradeStatus } from '../../../../crds/types/rollingupgrade.ts';
import { rollingUpgrade } from '../../../harness/rollingupgrade/objects.ts';
import { look } from './looks.ts';

const deletionTimestamp = '2026-01-01T00:00:00Z';
const after = (seconds: number): Date => new Date(Date.parse(deletionTimestamp) + seconds * 1000);

const hidden: Sight = {
  is: 'hidden',
  trouble: { reason: 'OpenSearchUnreachable', message: 'OpenSearch does not answer', forSomebody: false },
};
const another: Sight = {
  is: 'seen',
  look: look({ uuid: 'of-another' }),
  indices: [],
  copies: [],
  explanations: [],
  snapshots: [],
};

/** A deleted upgrade, with its default of 600 s for the cluster. */
function deleted(sight: Sight, status: RollingUpgradeStatus, task?: AgentTask): Observed {
  const upgrade = rollingUpgrade('up', ['os-1', 'os-2', 'os-3']);
  const nothing = { held: [], taken: [], stale: [], unknown: [], unreadable: [] };
  return {
    upgrade: {
      ...upgrade,
      metadata: { ...upgrade.metadata, uid: 'u', deletionTimestamp, finalizers: [finalizer] },
      status: { phase: 'Running', clusterUUID: 'u', ...status },
    },
    claims: { ...nothing, tickets: new Map(), waiting: new Map() },
    rival: undefined,
    jobThere: true,
    child: task === undefined ? { is: 'unmade', refusal: undefined } : { is: 'there', task, refusal: undefined },
    children: [],
    sight,
  };
}

const does = (observed: Observed, seconds: number): readonly string[] | undefined =>
  leaveNothingBehind(observed, after(seconds))?.intents.map((intent) => intent.do);

describe('a deleted upgrade whose cluster cannot be looked at', () => {
  test.each([
    ['does not answer', hidden, 'OpenSearch does not answer'],
    ['is another one', another, 'the endpoints lead to another cluster now, search (of-another)'],
  ] as const)('because it %s: is waited for, then goes, and says what is left', (_, sight, trouble) => {
    const observed = deleted(sight, { allocation: { persistent: 'all' } });
    expect(does(observed, 599)).toEqual([]);
    expect(does(observed, 600)).toEqual(['removeFinalizer']);
    const { type, reason, note = '' } = leaveNothingBehind(observed, after(600))?.event ?? {};
    expect({ type, reason }).toEqual({ type: 'Warning', reason: 'SettingLeft' });
    expect(note).toContain('may still be primaries, and was all before: put it back by hand');
    expect(note).toContain(trouble);
  });

  test('waits from the end of a task that took long', () => {
    const current = { node: 'os-1', step: 'Replacing', since: deletionTimestamp } as const;
    const metadata = { namespace: 'default', name: 'task' };
    const status = { phase: 'Failed', completionTime: after(1000).toISOString() } as const;
    const task: AgentTask = { apiVersion: 'fleetwright.io/v1alpha1', kind: 'AgentTask', metadata, spec: {}, status };
    const observed = deleted(hidden, { allocation: {}, current }, task);
    expect(does(observed, 1001)).toEqual([]);
    expect(does(observed, 1599)).toEqual([]);
    expect(does(observed, 1600)).toEqual(['removeFinalizer']);
  });
});

test('one that set nothing says nothing of it', () => {
  const left = leaveNothingBehind(deleted({ is: 'not asked' }, {}), after(1));
  expect(left).toEqual({ intents: [{ do: 'removeFinalizer', because: 'the upgrade is deleted' }] });
});
