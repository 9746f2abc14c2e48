import type { Clock } from '../../kube/clock.ts';
import type { Pass, Result } from '../../kube/controller.ts';
import type { KubeObject } from '../../kube/objects.ts';
import { Reconciler, type Reconciled } from '../../kube/reconciler.ts';
import type { ReadStore } from '../../kube/store.ts';
import { act, complete, type Hands } from './act.ts';
import type { Departed } from './departed.ts';
import { operationsOf } from './operations.ts';
import { plan, type Plan } from './plan.ts';

/** What one pass works with. */
export interface Workplace<T extends KubeObject> extends Hands<T> {
  readonly objects: ReadStore<T>;
  readonly departed: Departed<T>;
  readonly clock: Clock;
}

/** @returns a pass over the objects of one name: those that are gone, and the one that is there */
export function recording<T extends Reconciled>(place: Workplace<T>): (key: string, pass: Pass) => Promise<Result> {
  const { kind, client, ownWrites, objects, departed, notes, clock } = place;
  const present = new Reconciler<T, Plan>({
    type: kind.type,
    store: objects,
    client,
    ownWrites,
    decide: async (object) => plan(kind, await notes.observe(object), clock.now()),
    act: async (object, { intents }, pass) => act(object, intents, place, pass.log),
  });
  return async (key, pass) => {
    for (const object of departed.of(key)) await bury(key, object, pass, place);
    return present.reconcile(key, pass);
  };
}

/**
 * An object that went: before its end was recorded, when somebody took our finalizer away; or with operations that
 * nobody has seen yet.
 */
async function bury<T extends KubeObject>(key: string, object: T, pass: Pass, place: Workplace<T>): Promise<void> {
  const { kind, notes, store, departed } = place;
  const { knowledge, toldAll } = await notes.observe(object);
  if (knowledge !== 'complete') await complete(kind, object, 'vanished', place, pass.log);
  else if (!toldAll) await store.see(kind, [], operationsOf(object));
  notes.forget(object.metadata.uid ?? '');
  departed.done(key, object);
}
