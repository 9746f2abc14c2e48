import { expect, test } from 'vitest';

import { highestId } from '../../../crds/ids.ts';
import { agentTasks } from '../../../crds/types/agenttask.ts';
import type { ListOptions, ListPage } from '../../../kube/client.ts';
import type { KubeObject, ResourceType } from '../../../kube/objects.ts';
import { FakeApi, failure } from '../kube/fake-api.ts';

/** Tells of one namespace only when it is asked for one, and says whether all may be listed. */
class TwoNamespaces extends FakeApi {
  readonly #everywhere: boolean;

  constructor(everywhere: boolean) {
    super();
    this.#everywhere = everywhere;
  }

  override async list<T extends KubeObject>(type: ResourceType<T>, options: ListOptions = {}): Promise<ListPage<T>> {
    const page = await super.list(type);
    const { namespace } = options;
    return {
      ...page,
      items: page.items.filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace),
    };
  }

  override async create<T extends KubeObject>(type: ResourceType<T>, object: T): Promise<T> {
    const made = await super.create(type, object);
    return type.plural === 'selfsubjectaccessreviews' ? { ...made, status: { allowed: this.#everywhere } } : made;
  }
}

async function api(everywhere: boolean): Promise<TwoNamespaces> {
  const made = new TwoNamespaces(everywhere);
  const tasks = [
    ['a', '7'],
    ['b', '12'],
    ['b', 'none of ours'],
  ] as const;
  for (const [namespace, id] of tasks)
    await made.create(agentTasks, {
      apiVersion: 'fleetwright.io/v1alpha1',
      kind: 'AgentTask',
      metadata: { namespace, name: `t-${id.length}`, labels: { 'fleetwright.io/id': id } },
      spec: {},
    });
  return made;
}

const recorded = async (): Promise<number> => 40;

test('the highest id is looked for in all namespaces, where one may', async () => {
  expect(await highestId(agentTasks, { client: await api(true), namespace: 'a' })).toBe(12);
  expect(await highestId(agentTasks, { client: await api(true) })).toBe(12);
});

test('the highest id is looked for in the own namespace, where one may not', async () => {
  expect(await highestId(agentTasks, { client: await api(false), namespace: 'a' })).toBe(7);
});

test('the highest id is looked for in the own namespace, where one may not even ask', async () => {
  const client = await api(true);
  client.before = async ({ type }) =>
    type === 'selfsubjectaccessreviews' ? Promise.reject(failure(403, 'Forbidden')) : undefined;
  expect(await highestId(agentTasks, { client, namespace: 'a' })).toBe(7);
});

test('an id that only the history knows counts', async () => {
  expect(await highestId(agentTasks, { client: await api(false), namespace: 'a', recorded })).toBe(40);
});
