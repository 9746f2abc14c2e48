import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { configMaps, type ConfigMap } from '../../../kube/builtin.ts';
import type { Client } from '../../../kube/client.ts';
import { Reflector } from '../../../kube/reflector.ts';
import { startControlPlane, type ControlPlane } from '../../cluster/control-plane.ts';
import { recordingLog } from '../../harness/faults/records.ts';
import { connect } from './cluster.ts';
import { relayed } from './relayed.ts';

let plane: ControlPlane;

beforeAll(async () => {
  // Of its own: its API server is killed.
  plane = await startControlPlane({ components: { controllerManager: false, scheduler: false, kwok: false } });
});
afterAll(async () => {
  await plane.stop();
});

const selector = 'outage';

interface Watcher {
  readonly reflector: Reflector<ConfigMap>;
  readonly changes: readonly string[];
  /** Resolves once the reflector has told of this object. */
  seen(this: void, name: string): Promise<void>;
}

async function watch(client: Client, run: string): Promise<Watcher> {
  const backoff = { initial: 10, max: 200, factor: 2, jitter: 0.5 };
  const reflector = new Reflector(client, configMaps, {
    namespace: 'default',
    labelSelector: `${selector}=${run}`,
    backoff,
    log: recordingLog().log,
  });
  const changes: string[] = [];
  const waiting = new Map<string, () => void>();
  reflector.onChange(({ type, object }) => {
    changes.push(`${type} ${object.metadata.name}`);
    waiting.get(object.metadata.name)?.();
  });
  const ended = new AbortController();
  const running = reflector.run(ended.signal);
  onTestFinished(async () => {
    ended.abort();
    await running;
  });
  await reflector.synced;
  const seen = async (name: string): Promise<void> => {
    if (reflector.store.get(`default/${name}`) !== undefined) return;
    await new Promise<void>((resolve) => waiting.set(name, resolve));
  };
  return { reflector, changes, seen };
}

function labelled(run: string, name: string): ConfigMap {
  return { metadata: { namespace: 'default', name, labels: { [selector]: run } } };
}

async function serverSide(client: Client, run: string): Promise<readonly string[]> {
  const { items } = await client.list(configMaps, { namespace: 'default', labelSelector: `${selector}=${run}` });
  return items.map(identity).toSorted();
}

function identity({ metadata }: ConfigMap): string {
  return `${metadata.name} ${metadata.uid} ${metadata.resourceVersion}`;
}

describe('a reflector', () => {
  test.for(['SIGTERM', 'SIGKILL'] as const)(
    'misses nothing and tells nothing twice when the API server is restarted (%s) in mid-watch',
    async (signal) => {
      const run = signal.toLowerCase();
      const client = connect(plane.kubeconfigPath);
      const { reflector, changes, seen } = await watch(client, run);
      const names = (part: string): string[] => Array.from({ length: 20 }, (_, index) => `${run}-${part}-${index}`);
      for (const name of names('before')) await client.create(configMaps, labelled(run, name));
      await client.delete(configMaps, { namespace: 'default', name: `${run}-before-0` });
      // Not awaited by the reflector: some of these events are on their way when the server goes down.
      await plane.apiserver.stop(signal);
      await plane.apiserver.start();
      for (const name of names('after')) await client.create(configMaps, labelled(run, name));
      await client.create(configMaps, labelled(run, `${run}-last`));
      await seen(`${run}-last`);
      expect([...reflector.store.list()].map(identity).toSorted()).toEqual(await serverSide(client, run));
      const added = changes.filter((change) => change.startsWith('added'));
      expect(new Set(added).size).toBe(added.length);
      expect(added).toEqual(expect.arrayContaining(names('after').map((name) => `added ${name}`)));
      expect(changes.filter((change) => change.startsWith('updated'))).toEqual([]);
    },
  );

  test.for([false, true])(
    'learns what was deleted, and deleted and made anew, while its watch was down (API server restarted meanwhile: %s)',
    async (restarted) => {
      const run = `down-${restarted}`;
      const direct = connect(plane.kubeconfigPath);
      for (const name of ['gone', 'replaced', 'kept']) await direct.create(configMaps, labelled(run, `${run}-${name}`));
      const { relay, path } = await relayed(plane.kubeconfigPath);
      const { reflector, changes, seen } = await watch(connect(path), run);
      const before = changes.length;
      await relay.refuse();
      await direct.delete(configMaps, { namespace: 'default', name: `${run}-gone` });
      await direct.delete(configMaps, { namespace: 'default', name: `${run}-replaced` });
      await direct.create(configMaps, labelled(run, `${run}-replaced`));
      if (restarted) {
        await plane.apiserver.stop('SIGKILL');
        await plane.apiserver.start();
      }
      await direct.create(configMaps, labelled(run, `${run}-last`));
      await relay.restore();
      await seen(`${run}-last`);
      // An event after the list, so that the deletions that end a list were told too.
      await direct.create(configMaps, labelled(run, `${run}-really-last`));
      await seen(`${run}-really-last`);
      const meanwhile = changes.slice(before);
      expect(meanwhile.toSorted()).toEqual([
        `added ${run}-last`,
        `added ${run}-really-last`,
        `added ${run}-replaced`,
        `deleted ${run}-gone`,
        `deleted ${run}-replaced`,
      ]);
      expect(meanwhile.indexOf(`deleted ${run}-replaced`)).toBeLessThan(meanwhile.indexOf(`added ${run}-replaced`));
      expect([...reflector.store.list()].map(identity).toSorted()).toEqual(await serverSide(direct, run));
    },
  );
});
