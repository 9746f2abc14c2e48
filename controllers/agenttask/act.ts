import { agentTasks, type AgentTask } from '../../crds/types/agenttask.ts';
import { addFinalizer, removeFinalizer } from '../../kube/finalizers.ts';
import { deleteIfThere } from '../../kube/ifthere.ts';
import { keyOf } from '../../kube/objects.ts';
import type { OwnWrites } from '../../kube/ownwrites.ts';
import { actOnClaims, type ClaimHands } from '../shared/claim-acts.ts';
import { childFinalizer } from '../shared/parents.ts';
import { giveId } from '../shared/integer-ids.ts';
import { actOnFamily, type FamilyHands } from './composite/act.ts';
import { finalizer } from './finalizers.ts';
import type { Intent, TaskIntent } from './intents.ts';
import { actOnRun, type RunHands } from './run/act.ts';

/** What acting needs. */
export interface Hands extends FamilyHands, RunHands, ClaimHands {
  readonly ownWrites: OwnWrites;
}

/** Another task took the last slot between plan and act. Nothing was done; trying again later is the answer. */
export class SlotTakenError extends Error {
  readonly code = 'SLOT_TAKEN';

  constructor() {
    super('another run took the last slot a moment ago');
    this.name = 'SlotTakenError';
  }
}

/**
 * Carries out intents in their order. Each may be repeated: a pass that fails in the middle is planned anew from what
 * it left.
 * @returns the task as the last write left it
 */
export async function act(task: AgentTask, intents: readonly Intent[], hands: Hands): Promise<AgentTask> {
  let current = task;
  for (const intent of intents) {
    if ('children' in intent) await actOnFamily(current, intent, hands);
    else if ('id' in intent || 'run' in intent) await actOnRun(current, intent, hands);
    else current = (await actOnTask(current, intent, hands)) ?? current;
  }
  return current;
}

async function actOnTask(task: AgentTask, intent: TaskIntent, hands: Hands): Promise<AgentTask | undefined> {
  const { client, places } = hands;
  switch (intent.do) {
    case 'giveId':
      return written(await giveId(client, agentTasks, task, await hands.ids.next()), hands);
    case 'addFinalizer':
      return written(await addFinalizer(client, agentTasks, task, finalizer), hands);
    case 'removeFinalizer':
      return written(await removeFinalizer(client, agentTasks, task, finalizer), hands);
    case 'claimHosts':
    case 'releaseHosts':
    case 'freeStaleClaim':
      await actOnClaims(task, agentTasks, intent, hands);
      return undefined;
    case 'queueForSlot':
    case 'takeSlot':
      if (places.of(task)?.slots.take(keyOf(task)) !== true && intent.do === 'takeSlot') throw new SlotTakenError();
      return undefined;
    case 'deleteTask':
      await deleteIfThere(client, agentTasks, task);
      return undefined;
    case 'leaveParent':
      return written(await removeFinalizer(client, agentTasks, task, childFinalizer), hands);
  }
}

function written(task: AgentTask | undefined, { ownWrites }: Hands): AgentTask | undefined {
  if (task !== undefined) ownWrites.record(agentTasks, task);
  return task;
}
