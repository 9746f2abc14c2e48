import type { Logger } from 'pino';

import { historyFinalizer } from '../../crds/labels.ts';
import type { Client } from '../../kube/client.ts';
import { InvalidError, NotFoundError } from '../../kube/errors.ts';
import { addFinalizer, removeFinalizer } from '../../kube/finalizers.ts';
import type { KubeObject } from '../../kube/objects.ts';
import type { OwnWrites } from '../../kube/ownwrites.ts';
import type { HistoryKind } from '../kind.ts';
import type { HistoryStore } from '../store.ts';
import type { Ending, RecorderMetrics } from './metrics.ts';
import type { Notes } from './notes.ts';
import { operationsOf } from './operations.ts';
import type { Intent } from './plan.ts';

/** What records are written with. */
export interface Pen {
  readonly client: Client;
  readonly store: HistoryStore;
  readonly metrics: RecorderMetrics;
}

/** What intents are carried out with. */
export interface Hands<T extends KubeObject> extends Pen {
  readonly kind: HistoryKind<T>;
  readonly notes: Notes<T>;
  readonly ownWrites: OwnWrites;
}

/** Carries out the intents in their order, each to its end. @returns the object as they left it */
export async function act<T extends KubeObject>(
  object: T,
  intents: readonly Intent[],
  hands: Hands<T>,
  log: Logger,
): Promise<T> {
  let current = object;
  for (const intent of intents) current = await carryOut(current, intent, hands, log);
  return current;
}

async function carryOut<T extends KubeObject>(object: T, intent: Intent, hands: Hands<T>, log: Logger): Promise<T> {
  const { client, store, notes, kind } = hands;
  switch (intent) {
    case 'see':
      await store.see(kind, [object], operationsOf(object));
      notes.told(object, 'seen');
      return object;
    case 'complete':
      await complete(kind, object, kind.isOver(object) ? 'finished' : 'deleted', hands, log);
      notes.told(object, 'complete');
      return object;
    case 'hold':
      return write(object, hands, addFinalizer(client, kind.type, object, historyFinalizer));
    case 'release':
      return write(object, hands, removeFinalizer(client, kind.type, object, historyFinalizer));
  }
}

/** Records how the object ended, with its attachments as far as there are any. */
export async function complete<T extends KubeObject>(
  kind: HistoryKind<T>,
  object: T,
  ending: Ending,
  { client, store, metrics }: Pen,
  log: Logger,
): Promise<void> {
  const attachments = (await kind.attachments?.read(client, object, log)) ?? {};
  await store.complete(kind, object, attachments, operationsOf(object));
  metrics.recorded(kind, ending, attachments);
  log.info({ ending, phase: kind.phaseOf(object), uid: object.metadata.uid }, 'recorded');
}

async function write<T extends KubeObject>(
  object: T,
  { kind, ownWrites }: Hands<T>,
  change: Promise<T | undefined>,
): Promise<T> {
  try {
    const written = await change;
    if (written === undefined) return object;
    ownWrites.record(kind.type, written);
    return written;
  } catch (error) {
    // Gone, or being deleted, when no finalizer can be added any more: the cache has not heard of it yet, and will.
    if (error instanceof NotFoundError || error instanceof InvalidError) return object;
    throw error;
  }
}
