import type { AgentTaskBatch } from '../../../crds/types/agenttask.ts';
import { rfc3339 } from '../../../kube/conditions.ts';
import { counted } from '../composite/report.ts';
import type { Intent, Plan } from '../intents.ts';
import type { Observed } from '../observe.ts';
import { ended, progress, stuck, waiting } from '../reports.ts';
import { summarize, untouched } from '../run/outcome.ts';
import { stopwatch } from './deadline.ts';
import { workOf } from './work.ts';

const seconds = (count: number): number => count * 1000;

/** Before anything is decided for its hosts it has to be known which ones they are. */
export function waitForBatches({ task, wanted }: Observed, now: Date): Plan | undefined {
  if (wanted === undefined) return undefined;
  if (wanted.is === 'lacks') return stuck(task, now, wanted.reason, wanted.message, seconds(300));
  if (wanted.is === 'comes') return waiting(task, now, wanted.reason, wanted.message, seconds(60));
  const message = 'there is nothing to undo: the task to be undone has changed no host';
  return wanted.batches.length > 0
    ? undefined
    : ended(task, now, { phase: 'Succeeded', reason: 'NothingToUndo', message, hosts: [] });
}

/** While it waits, a task shows the batches that it would have: others go by them to see which hosts it waits for. */
export function showBatches({ wanted }: Observed, next: Plan): Plan {
  if (wanted === undefined || next.status?.phase !== 'Pending') return next;
  const { batches: _, ...status } = next.status;
  return { ...next, status: wanted.is === 'known' ? { ...status, batches: unbegun(wanted.batches) } : status };
}

/**
 * The batches are frozen, and the task recorded as running, before the first child is made. It holds all hosts until
 * its end: nobody shall work on some of them between two batches.
 */
export function beginBatches({ task, job, hosts, wanted, claims }: Observed, now: Date): Plan {
  const batches = wanted?.is === 'known' ? unbegun(wanted.batches) : [];
  const scope = `${counted(hosts.length)} in ${batches.length} ${batches.length === 1 ? 'batch' : 'batches'}`;
  const because = `${scope}, one batch after the other`;
  const { plan: _, ...status } = progress(task, now, 'Running', 'Running', `running on ${because}`);
  const named = new Set(hosts);
  const others = claims.held.filter((host) => !named.has(host));
  const intents: Intent[] = [
    { do: 'addFinalizer', because: 'a deleted task must not leave children or claims behind' },
  ];
  if (others.length > 0) intents.push({ do: 'releaseHosts', hosts: others, because: 'they are in no batch any more' });
  if (task.spec.shared !== true) intents.push({ do: 'claimHosts', hosts, tickets: claims.tickets, because });
  return {
    intents,
    status: {
      ...status,
      batches,
      summary: summarize(untouched(hosts)),
      startTime: rfc3339(now),
      work: workOf(task, job),
      ...stopwatch(task, true, now),
    },
    event: { type: 'Normal', reason: 'Started', action: 'Run', note: `running on ${because}` },
  };
}

function unbegun(batches: readonly (readonly string[])[]): readonly AgentTaskBatch[] {
  return batches.map((hosts, index) => ({ number: index + 1, hosts, phase: 'Pending' }));
}
