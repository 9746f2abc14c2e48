import { setTimeout as sleep } from 'node:timers/promises';

import type { Client, ListPage } from '../../kube/client.ts';
import { GoneError } from '../../kube/errors.ts';
import type { KubeObject, ResourceType } from '../../kube/objects.ts';
import type { WatchEvent } from '../../kube/watch.ts';

type OnEvent = (event: WatchEvent<KubeObject>) => void;

/** Everything passes unchanged, but lists and watches go through the given functions. */
function withView(client: Client, list: Client['list'], watch: Client['watch']): Client {
  return {
    get: (type, key) => client.get(type, key),
    list,
    watch,
    create: (type, object) => client.create(type, object),
    replace: (type, object) => client.replace(type, object),
    mergePatch: (type, key, patch, options) => client.mergePatch(type, key, patch, options),
    apply: (type, object, options) => client.apply(type, object, options),
    delete: (type, key, options) => client.delete(type, key, options),
  };
}

/**
 * Of some kinds there is only what a field selector chooses, so that several worlds have room in one cluster: whoever
 * looks after all objects of a kind looks after those of one world.
 * @param selectors by the plural of the kind
 */
export function selecting(client: Client, selectors: Readonly<Record<string, string>>): Client {
  const chosen = ({ plural }: ResourceType): { readonly fieldSelector?: string } => {
    const fieldSelector = selectors[plural];
    return fieldSelector === undefined ? {} : { fieldSelector };
  };
  return withView(
    client,
    (type, options) => client.list(type, { ...options, ...chosen(type) }),
    (type, options, onEvent) => client.watch(type, { ...options, ...chosen(type) }, onEvent),
  );
}

/**
 * The n-th event (counted from 1, over all kinds) and those shortly after it never arrive; then the watch breaks, so
 * that the controller sees only what has become of it: states in between stay unobserved. `dropped` tells whether there
 * was an n-th event.
 */
export function droppingEvents(
  client: Client,
  n: number,
  forMilliseconds = 400,
): { readonly client: Client; readonly dropped: () => boolean } {
  let count = 0;
  const watch: Client['watch'] = async (type, options, onEvent) => {
    const cut = new AbortController();
    let dropping = false;
    const filter = (event: WatchEvent<KubeObject>): void => {
      if (event.type !== 'BOOKMARK') count += 1;
      if (count === n && !dropping) {
        dropping = true;
        setTimeout(() => cut.abort(), forMilliseconds);
      }
      if (!dropping) (onEvent as OnEvent)(event);
    };
    const watching = client.watch(type, { ...options, signal: AbortSignal.any([options.signal, cut.signal]) }, filter);
    await watching.catch((error: unknown) => {
      throw cut.signal.aborted && !options.signal.aborted
        ? new GoneError(410, { message: 'events were dropped' }, 'WATCH')
        : error;
    });
  };
  return { client: withView(client, (type, options) => client.list(type, options), watch), dropped: () => count >= n };
}

/**
 * Every event arrives late, in order, as from an API server that lags behind: the cache does not show what was just
 * written.
 */
export function lagging(client: Client, milliseconds: number): Client {
  const watch: Client['watch'] = async (type, options, onEvent) => {
    let tail = Promise.resolve();
    const deliver = async (before: Promise<void>, due: number, event: Parameters<typeof onEvent>[0]): Promise<void> => {
      await before;
      await sleep(Math.max(0, due - performance.now()));
      if (!options.signal.aborted) onEvent(event);
    };
    await client.watch(type, options, (event) => {
      const due = performance.now() + milliseconds;
      tail = deliver(tail, due, event);
    });
    await tail;
  };
  return withView(client, (type, options) => client.list(type, options), watch);
}

/** Remembers the first list of each kind, to be shown to a later controller as if time had gone back. */
export class FirstLists {
  readonly #pages = new Map<ResourceType, ListPage<KubeObject>>();

  recorder(client: Client): Client {
    const list: Client['list'] = async (type, options) => {
      const page = await client.list(type, options);
      if (!this.#pages.has(type)) this.#pages.set(type, structuredClone(page));
      return page;
    };
    return withView(client, list, (type, options, onEvent) => client.watch(type, options, onEvent));
  }

  /**
   * A client whose lists answer what the first ones did and whose watches replay, late, all that came since: an API
   * server that was left behind.
   */
  timeTravel(client: Client, milliseconds: number): Client {
    const late = lagging(client, milliseconds);
    const list: Client['list'] = async <T extends KubeObject>(
      type: ResourceType<T>,
      options: Parameters<Client['list']>[1],
    ) => {
      const page = this.#pages.get(type);
      this.#pages.delete(type);
      return page === undefined ? client.list(type, options) : (page as ListPage<T>);
    };
    return withView(client, list, (type, options, onEvent) => late.watch(type, options, onEvent));
  }
}
