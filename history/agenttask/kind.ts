import { mayBeCorrected } from '../../crds/corrections.ts';
import { recordedMetadata } from '../../crds/rollbacks.ts';
import { agentTasks, type AgentTask, type AgentTaskPhase } from '../../crds/types/agenttask.ts';
import type { HistoryKind } from '../kind.ts';
import { correlationField, correlationValue } from './correlation.ts';
import { hostParts } from './hosts.ts';
import { runListing } from './listing.ts';
import { stepAttachments } from './steps.ts';

const finished: ReadonlySet<AgentTaskPhase | undefined> = new Set([
  'Succeeded',
  'PartlySucceeded',
  'Failed',
  'Stopped',
]);

/** An AgentTask: runs to its end once, on hosts that have a result each, and leaves a log. */
export const agentTaskHistory: HistoryKind<AgentTask> = {
  type: agentTasks,
  recordPer: 'object',
  // Of one that may still be corrected the end is recorded when it goes.
  isOver: (task) => finished.has(task.status?.phase) && !mayBeCorrected(task),
  startedAt: ({ status }) => status?.startTime,
  endedAt: ({ status }) => status?.completionTime,
  phaseOf: ({ status }) => status?.phase,
  slim(task) {
    const { content: _, variables: __, ...spec } = task.spec;
    return { ...task, metadata: recordedMetadata(task), spec };
  },
  shrink(task) {
    const { phase, startTime, completionTime } = task.status ?? {};
    const status = {
      ...(phase === undefined ? {} : { phase }),
      ...(startTime === undefined ? {} : { startTime }),
      ...(completionTime === undefined ? {} : { completionTime }),
    };
    return { ...task, spec: {}, status };
  },
  fields({ spec: { correlationID, source } }) {
    return correlationID === undefined || source === undefined
      ? {}
      : { [correlationField]: correlationValue(correlationID, source) };
  },
  listing: runListing,
  parts: hostParts,
  attachments: stepAttachments,
};
