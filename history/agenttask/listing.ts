import { requestedByAnnotation } from '../../crds/labels.ts';
import type { AgentTask } from '../../crds/types/agenttask.ts';
import type { Listing } from '../kind.ts';

const minute = 60;

/** Runs on groups. Other tasks are found one by one. */
export const runListing: Listing<AgentTask> = {
  outcomes: ['success', 'fail'],
  spans: [minute, 3 * minute, 5 * minute, 10 * minute, 30 * minute],
  entryOf({ metadata, spec, status }) {
    if (spec.groupRef === undefined) return undefined;
    return {
      name: spec.jobRef?.name ?? metadata.name,
      user: metadata.annotations?.[requestedByAnnotation] ?? '',
      outcome: status?.phase === 'Succeeded' ? 'success' : 'fail',
    };
  },
};
