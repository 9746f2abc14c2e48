import { expect, test } from 'vitest';

import { mostTrials, Trials } from '../../../../controllers/clusterstage/trials.ts';
import type { PodView } from '../../../../controllers/clusterstage/pods.ts';
import type { Client } from '../../../../kube/client.ts';
import type { Eviction } from '../../../../kube/disruption.ts';
import { apiErrorFrom } from '../../../../kube/errors.ts';
import type { KubeObject, ResourceType } from '../../../../kube/objects.ts';

function pod(name: string, more: Partial<PodView> = {}): PodView {
  const view = { ready: true, leaving: false, owned: true, emptyDir: false, nameReturns: false, budgets: [] };
  return { key: `default/${name}`, namespace: 'default', name, uid: `uid-${name}`, ...view, ...more };
}

/** Refuses every pod whose name begins so, and counts what it is asked. */
class Server {
  readonly asked: string[] = [];
  mostAtOnce = 0;
  #now = 0;

  readonly client: Pick<Client, 'create'> = {
    create: async <T extends KubeObject>(_: ResourceType<T>, object: T): Promise<T> => {
      const { deleteOptions }: Eviction = object;
      if (deleteOptions?.dryRun?.includes('All') !== true) throw new Error('an eviction that is no dry run');
      this.asked.push(object.metadata.name);
      this.#now += 1;
      this.mostAtOnce = Math.max(this.mostAtOnce, this.#now);
      await Promise.resolve();
      this.#now -= 1;
      if (object.metadata.name.startsWith('held'))
        throw apiErrorFrom(403, JSON.stringify({ kind: 'Status', message: 'no' }), 'create evictions');
      return object;
    },
  };
}

test('every pod that is not on its way out is asked about, ten at once, and an answer counts for a while', async () => {
  const [server, trials] = [new Server(), new Trials()];
  const pods = [
    pod('gone', { leaving: true }),
    pod('held-1'),
    ...Array.from({ length: 30 }, (_, i) => pod(`free-${i}`)),
  ];
  const first = await trials.of(server.client, pods, new Date(0));
  expect([...first]).toEqual([['uid-held-1', { lasting: true, message: 'no' }]]);
  expect(server.asked).toHaveLength(31);
  expect(server.mostAtOnce).toBe(10);
  expect([...(await trials.of(server.client, pods, new Date(9999)))]).toEqual([...first]);
  expect(server.asked).toHaveLength(31);
  await trials.of(server.client, pods, new Date(10_000));
  expect(server.asked).toHaveLength(62);
});

test('of many pods only the first are asked about', async () => {
  const [server, trials] = [new Server(), new Trials()];
  const pods = Array.from({ length: mostTrials + 50 }, (_, index) => pod(`free-${index}`));
  expect((await trials.of(server.client, pods, new Date(0))).size).toBe(0);
  expect(server.asked).toEqual(pods.slice(0, mostTrials).map(({ name }) => name));
});
