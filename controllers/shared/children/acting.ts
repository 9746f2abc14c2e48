import type { Client } from '../../../kube/client.ts';
import type { Clock } from '../../../kube/clock.ts';
import { AlreadyExistsError, ApiError, ConflictError, NotFoundError } from '../../../kube/errors.ts';
import { removeFinalizer } from '../../../kube/finalizers.ts';
import { getIfThere } from '../../../kube/ifthere.ts';
import { keyOf, type KubeObject, type ResourceType } from '../../../kube/objects.ts';
import { inChunks } from '../chunks.ts';
import { childFinalizer } from '../parents.ts';
import type { ChildIntentOf } from './intents.ts';
import type { ChildRefusal, ParentMemories } from './memory.ts';

/** Children that one pass makes, changes, deletes or lets go: other objects want their turn too. */
export const atOnce = 50;
/** Refusals in one pass after which it asks no further. */
const enough = 10;

/** What acting on children needs. */
export interface ParentHands {
  readonly client: Client;
  readonly memories: ParentMemories;
  readonly clock: Clock;
}

/** The parent has changed since it was looked at. Nothing was done; a new look is the answer. */
export class ParentChangedError extends Error {
  readonly code = 'PARENT_CHANGED';

  constructor(kind: string, key: string) {
    super(`${kind} ${key} changed a moment ago`);
    this.name = 'ParentChangedError';
  }
}

/** Of which kinds parent and children are, and how a child is made. */
export interface Lineage<Parent extends KubeObject, Child extends KubeObject, Wanted> {
  readonly parent: ResourceType<Parent>;
  readonly child: ResourceType<Child>;
  /** @returns the child as it is to be created, with the metadata that `childMetadata` gives */
  readonly make: (wanted: Wanted) => Promise<Child>;
}

/**
 * Carries out what a parent intends with its children; each may be repeated.
 * @throws ParentChangedError, and what the client throws
 */
export async function actOnChildren<
  Parent extends KubeObject,
  Child extends KubeObject,
  Wanted extends { readonly name: string },
  Change extends object,
>(
  parent: Parent,
  intent: ChildIntentOf<Child, Wanted, Change>,
  lineage: Lineage<Parent, Child, Wanted>,
  hands: ParentHands,
): Promise<void> {
  const { client } = hands;
  switch (intent.do) {
    case 'makeChildren':
      await makeChildren(parent, intent.children, lineage, hands);
      return;
    case 'changeChildren':
      await inChunks(intent.children, ({ metadata }) =>
        unlessGone(client.mergePatch(lineage.child, metadata, { metadata: { uid: metadata.uid }, spec: intent.spec })),
      );
      return;
    case 'deleteChildren':
      await inChunks(intent.children, ({ metadata }) =>
        unlessGone(client.delete(lineage.child, metadata, metadata.uid === undefined ? {} : { uid: metadata.uid })),
      );
      return;
    case 'releaseChildren':
      // Its own controller takes its finalizer off at the same time: whoever comes second tries again, woken by the
      // first one's write.
      await inChunks(intent.children, (child) =>
        unlessGone(removeFinalizer(client, lineage.child, child, childFinalizer)),
      );
      return;
  }
}

/**
 * What the API server refuses (a quota, a policy, a right that is missing) is remembered: the status says it, and
 * others are tried first.
 */
async function makeChildren<
  Parent extends KubeObject,
  Child extends KubeObject,
  Wanted extends { readonly name: string },
>(
  parent: Parent,
  wanted: readonly Wanted[],
  lineage: Lineage<Parent, Child, Wanted>,
  { client, memories, clock }: ParentHands,
): Promise<void> {
  // A cache that shows the past would have us make again what has been made, has ended and was let go since.
  if (!(await isCurrent(client, lineage.parent, parent)))
    throw new ParentChangedError(lineage.parent.kind, keyOf(parent));
  const memory = memories.of(keyOf(parent), parent.metadata.uid ?? '');
  let refusal: ChildRefusal | undefined;
  let refusals = 0;
  await inChunks(wanted, async (each) => {
    // When nothing gets through, there is no use in asking for each.
    if (refusals >= enough) return;
    try {
      await client.create(lineage.child, await lineage.make(each));
      memory.unseen.add(each.name);
      memory.refused.delete(each.name);
    } catch (error) {
      // The cache will show whether it is ours.
      if (error instanceof AlreadyExistsError) return;
      if (!isRefusal(error)) throw error;
      memory.refused.add(each.name);
      refusals += 1;
      refusal ??= { message: error.message, at: clock.now() };
    }
  });
  memory.refusal = refusal;
}

function isRefusal(error: unknown): error is ApiError {
  return error instanceof ApiError && error.httpStatus < 500 && ![401, 409, 429].includes(error.httpStatus);
}

async function isCurrent<P extends KubeObject>(client: Client, type: ResourceType<P>, parent: P): Promise<boolean> {
  const { uid, resourceVersion } = parent.metadata;
  const current = (await getIfThere(client, type, parent.metadata))?.metadata;
  return current !== undefined && current.uid === uid && current.resourceVersion === resourceVersion;
}

async function unlessGone(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof NotFoundError) && !(error instanceof ConflictError)) throw error;
  }
}
