import type { RunStep } from '../../crds/runlog.ts';
import type { AgentTask } from '../../crds/types/agenttask.ts';
import type { HistoryReader, Recorded } from '../store.ts';
import { correlationField, correlationValue } from './correlation.ts';
import { agentTaskHistory } from './kind.ts';
import { stepOf, stepTable } from './steps.ts';

/** A step of a run, and whose. */
export interface RecordedStep extends RunStep {
  readonly uid: string;
}

/** Tasks in the order of their creation, at most `limit` of the latest. @throws HistoryError */
export async function tasksByCorrelation(
  history: HistoryReader,
  namespace: string,
  { correlationID, source }: { readonly correlationID: string; readonly source: string },
  limit: number,
): Promise<readonly Recorded<AgentTask>[]> {
  const field = { name: correlationField, value: correlationValue(correlationID, source) };
  return history.byField(agentTaskHistory, namespace, field, limit);
}

/**
 * The log of these tasks in the order of the UIDs and then of the steps; of one host only, when it is given; the first
 * `limit` steps only.
 * @throws HistoryError
 */
export async function stepsOf(
  history: HistoryReader,
  uids: readonly string[],
  host?: string,
  limit?: number,
): Promise<readonly RecordedStep[]> {
  const where = host === undefined ? undefined : { column: 'host', value: host };
  const rows = await history.rows(agentTaskHistory, stepTable, uids, where, limit);
  return rows.map(({ uid, row }) => ({ uid, ...stepOf(row) }));
}
