import { beforeEach, describe, expect, test } from 'vitest';

import type { KubeObject, ObjectKey, ResourceType } from '../../../kube/objects.ts';
import { ConflictError, NotFoundError, TerminalError } from '../../../kube/errors.ts';
import { OwnWrites } from '../../../kube/ownwrites.ts';
import { Reconciler, type Decision, type ReconcilerOptions } from '../../../kube/reconciler.ts';
import { Store } from '../../../kube/store.ts';
import { FakeApi } from './fake-api.ts';
import { keptLog, silent } from './silent.ts';

interface Widget extends KubeObject {
  readonly status?: { readonly colour?: string };
}

const widgets: ResourceType<Widget> = {
  group: 'example.org',
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
  namespaced: true,
};

class BusyError extends Error {}

/** Every patch makes a new version; one for an older version is refused. */
class VersionedApi extends FakeApi {
  override async mergePatch<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey, patch: Widget): Promise<T> {
    await super.mergePatch(type, key, patch);
    const present = await this.get(type, key);
    const metadata = { ...present.metadata, ...patch.metadata };
    return this.replace(type, { ...present, ...patch, metadata });
  }
}

const relabelled = { metadata: { name: 'a', labels: { a: 'b' } } };
const pass = { id: 'pass', log: silent };
const green: Decision<{ readonly colour?: string }> = { status: { colour: 'green' }, requeueAfter: 5000 };

let api: VersionedApi;
let store: Store<Widget>;
let done: string[];

beforeEach(async () => {
  api = new VersionedApi();
  store = new Store<Widget>();
  done = [];
  store.set(await api.create(widgets, { metadata: { namespace: 'x', name: 'a', uid: 'u' } }));
});

function reconcilerOf(
  options: Partial<ReconcilerOptions<Widget, Decision<{ readonly colour?: string }>>> = {},
): Reconciler<Widget, Decision<{ readonly colour?: string }>> {
  return new Reconciler({
    type: widgets,
    store,
    client: api,
    ownWrites: new OwnWrites(),
    decide: async () => green,
    act: async (widget) => {
      done.push('act');
      return widget;
    },
    ...options,
  });
}

const statuses = (): readonly unknown[] => api.made('patch').flatMap(({ body }) => (body as Widget).status ?? []);

describe('a pass', () => {
  test('acts, writes the status once, tells what came of it, and comes back when it was told to', async () => {
    const reconciler = reconcilerOf({ done: (_, __, reported) => done.push(`reported: ${reported}`) });
    expect(await reconciler.reconcile('x/a', pass)).toEqual({ requeueAfter: 5000 });
    expect([done, statuses()]).toEqual([['act', 'reported: true'], [{ colour: 'green' }]]);
  });

  test('says in the log what an event tells, such as what the object waits for', async () => {
    const { log, lines } = keptLog();
    const event = {
      type: 'Warning',
      reason: 'SecretNotFound',
      action: 'Prepare',
      note: 'there is no Secret x',
    } as const;
    await reconcilerOf({ decide: async () => ({ event }) }).reconcile('x/a', { id: 'pass', log });
    expect(lines).toMatchObject([{ level: 30, reason: 'SecretNotFound', note: 'there is no Secret x' }]);
  });

  test('waits while the cache does not show its own last write', async () => {
    const reconciler = reconcilerOf();
    await reconciler.reconcile('x/a', pass);
    expect(await reconciler.reconcile('x/a', pass)).toEqual({ requeueAfter: 100 });
    expect(done).toEqual(['act']);
    store.set(await api.get(widgets, { namespace: 'x', name: 'a' }));
    expect(await reconciler.reconcile('x/a', pass)).toEqual({ requeueAfter: 5000 });
    expect(statuses()).toHaveLength(1);
  });

  test('that failed may have written all the same: the next one asks the API server before it decides', async () => {
    let lost = true;
    const reconciler = reconcilerOf({
      act: async (widget) => {
        done.push('act');
        const written = await api.mergePatch(widgets, widget.metadata, relabelled);
        if (!lost) return written;
        lost = false;
        throw new Error('the answer was lost');
      },
    });
    await expect(reconciler.reconcile('x/a', pass)).rejects.toThrow('the answer was lost');
    expect(await reconciler.reconcile('x/a', pass)).toEqual({ requeueAfter: 100 });
    expect(done).toEqual(['act']);
    store.set(await api.get(widgets, { namespace: 'x', name: 'a' }));
    await reconciler.reconcile('x/a', pass);
    expect(done).toEqual(['act', 'act']);
  });

  test('that failed on an object which went meanwhile waits for the cache to hear of it', async () => {
    const reconciler = reconcilerOf({ act: async () => Promise.reject(new Error('cut off')) });
    await expect(reconciler.reconcile('x/a', pass)).rejects.toThrow('cut off');
    await api.delete(widgets, { namespace: 'x', name: 'a' });
    await expect(api.get(widgets, { namespace: 'x', name: 'a' })).rejects.toThrow(NotFoundError);
    expect(await reconciler.reconcile('x/a', pass)).toEqual({ requeueAfter: 100 });
  });

  test('overtaken by somebody is no failure: it looks again soon, and writes no status', async () => {
    const passedOver: string[] = [];
    const reconciler = reconcilerOf({
      act: async () => Promise.reject(new BusyError()),
      passing: [BusyError],
      passedOver: (key) => passedOver.push(key),
    });
    expect(await reconciler.reconcile('x/a', pass)).toEqual({ requeueAfter: 100 });
    expect([passedOver, statuses()]).toEqual([['x/a'], []]);
  });

  test('does not undo what was written since it looked', async () => {
    const reconciler = reconcilerOf({
      act: async (widget) => {
        await api.mergePatch(widgets, widget.metadata, relabelled);
        return widget;
      },
    });
    await expect(reconciler.reconcile('x/a', pass)).rejects.toThrow(ConflictError);
  });

  test('over an object that is gone forgets what was kept of it', async () => {
    const gone: string[] = [];
    store.delete('x/a');
    expect(await reconcilerOf({ gone: (key) => gone.push(key) }).reconcile('x/a', pass)).toEqual({});
    expect([gone, done]).toEqual([['x/a'], []]);
  });

  test('says on the object that nothing can be done, where the kind has words for it', async () => {
    const stalled = new TerminalError('HostUnknown', 'there is no host web-1');
    await reconcilerOf().fail('x/a', stalled, pass);
    expect([done, statuses()]).toEqual([[], []]);
    await reconcilerOf({ giveUp: (_, { reason }) => ({ status: { colour: reason } }) }).fail('x/a', stalled, pass);
    expect([done, statuses()]).toEqual([['act'], [{ colour: 'HostUnknown' }]]);
  });
});
