import { agentTasks, type AgentTask } from '../../../crds/types/agenttask.ts';
import type { IdCounter } from '../../../kube/ids.ts';
import { actOnChildren, type ParentHands } from '../../shared/children/acting.ts';
import type { ChildIntent } from '../intents.ts';
import { childOf } from './children.ts';

/** What acting on children needs. */
export interface FamilyHands extends ParentHands {
  readonly ids: IdCounter;
}

/**
 * Carries out what a split task intends with the tasks it made.
 * @throws ParentChangedError, and what the client throws
 */
export async function actOnFamily(parent: AgentTask, intent: ChildIntent, hands: FamilyHands): Promise<void> {
  const make = async (wanted: { readonly name: string; readonly hosts: readonly string[] }): Promise<AgentTask> =>
    childOf(parent, { ...wanted, id: await hands.ids.next() });
  await actOnChildren(parent, intent, { parent: agentTasks, child: agentTasks, make }, hands);
}
