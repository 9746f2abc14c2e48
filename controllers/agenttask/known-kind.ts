import { agentTasks, type AgentTask } from '../../crds/types/agenttask.ts';
import type { ReadStore } from '../../kube/store.ts';
import type { KnownKind } from '../shared/known-kinds.ts';
import { isComposite } from './composite/children.ts';
import { leavesOrphans } from '../shared/children/naming.ts';
import { isFinished } from './phases.ts';

/** What other kinds have to know of AgentTasks. @param store indexed as taskIndexers say */
export function agentTaskKind(store: ReadStore<AgentTask>, wake: (key: string) => void): KnownKind<AgentTask> {
  return {
    type: agentTasks,
    store,
    hasEnded: isFinished,
    isOver: (task) =>
      isFinished(task) ||
      task.spec.stop === true ||
      (task.metadata.deletionTimestamp !== undefined && !leavesOrphans(task)),
    waitingFor: (name) => store.byIndex('waiting', name),
    waitsSince,
    letsIn: isComposite,
    madeBy: (uid) => store.byIndex('parent', uid),
    wake,
  };
}

/** A task wants to start from its creation on. */
export function waitsSince({ metadata }: AgentTask): string {
  return metadata.creationTimestamp ?? '';
}
