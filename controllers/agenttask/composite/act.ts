import { agentTasks, type AgentTask } from '../../../crds/types/agenttask.ts';
import type { Client } from '../../../kube/client.ts';
import type { Clock } from '../../../kube/clock.ts';
import { AlreadyExistsError, ApiError, ConflictError, NotFoundError } from '../../../kube/errors.ts';
import { removeFinalizer } from '../../../kube/finalizers.ts';
import type { IdCounter } from '../../../kube/ids.ts';
import { keyOf } from '../../../kube/objects.ts';
import { inChunks } from '../chunks.ts';
import { childFinalizer } from '../../shared/parents.ts';
import type { ChildIntent } from '../intents.ts';
import { childOf } from './children.ts';
import type { ParentNotes, Refusal } from './notes.ts';

/** Refusals in one pass after which it asks no further. */
const enough = 10;

/** What acting on children needs. */
export interface FamilyHands {
  readonly client: Client;
  readonly ids: IdCounter;
  readonly notes: ParentNotes;
  readonly clock: Clock;
}

/** The parent has changed since it was looked at. Nothing was done; a new look is the answer. */
export class ParentChangedError extends Error {
  readonly code = 'PARENT_CHANGED';

  constructor(key: string) {
    super(`AgentTask ${key} changed a moment ago`);
    this.name = 'ParentChangedError';
  }
}

/** Carries out what a parent intends with its children. @throws ParentChangedError, and what the client throws */
export async function actOnChildren(parent: AgentTask, intent: ChildIntent, hands: FamilyHands): Promise<void> {
  const { client } = hands;
  switch (intent.do) {
    case 'makeChildren':
      await makeChildren(parent, intent.children, hands);
      return;
    case 'changeChildren':
      await inChunks(intent.children, ({ metadata }) =>
        unlessGone(client.mergePatch(agentTasks, metadata, { metadata: { uid: metadata.uid }, spec: intent.spec })),
      );
      return;
    case 'deleteChildren':
      await inChunks(intent.children, ({ metadata }) =>
        unlessGone(client.delete(agentTasks, metadata, metadata.uid === undefined ? {} : { uid: metadata.uid })),
      );
      return;
    case 'releaseChildren':
      // Its own controller takes its finalizer off at the same time: whoever comes second tries again, woken by the first one's write.
      await inChunks(intent.children, (child) =>
        unlessGone(removeFinalizer(client, agentTasks, child, childFinalizer)),
      );
      return;
  }
}

async function makeChildren(
  parent: AgentTask,
  children: readonly { readonly name: string; readonly host: string }[],
  hands: FamilyHands,
): Promise<void> {
  const { client, ids, notes, clock } = hands;
  const { uid = '' } = parent.metadata;
  // A cache that shows the past would have us make again what has been made, has ended and was let go since.
  if (!(await isCurrent(client, parent))) throw new ParentChangedError(keyOf(parent));
  const own = notes.of(keyOf(parent), uid);
  let refusal: Refusal | undefined;
  let refusals = 0;
  await inChunks(children, async ({ name, host }) => {
    // When nothing gets through, there is no use in asking for each.
    if (refusals >= enough) return;
    try {
      await client.create(agentTasks, childOf(parent, { name, host, id: await ids.next() }));
      own.unseen.add(name);
      own.refused.delete(name);
    } catch (error) {
      // The cache will show whether it is ours.
      if (error instanceof AlreadyExistsError) return;
      // A quota, a policy, a right that is missing: said in the status, and tried again now and then.
      if (!isRefusal(error)) throw error;
      own.refused.add(name);
      refusals += 1;
      refusal ??= { message: error.message, at: clock.now() };
    }
  });
  own.refusal = refusal;
}

function isRefusal(error: unknown): error is ApiError {
  return error instanceof ApiError && error.httpStatus < 500 && ![401, 409, 429].includes(error.httpStatus);
}

async function isCurrent(client: Client, parent: AgentTask): Promise<boolean> {
  try {
    const { uid, resourceVersion } = (await client.get(agentTasks, parent.metadata)).metadata;
    return uid === parent.metadata.uid && resourceVersion === parent.metadata.resourceVersion;
  } catch (error) {
    if (error instanceof NotFoundError) return false;
    throw error;
  }
}

async function unlessGone(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof NotFoundError) && !(error instanceof ConflictError)) throw error;
  }
}
