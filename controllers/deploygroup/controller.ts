import { highestId } from '../../crds/ids.ts';
import { groupIdCounterName } from '../../crds/labels.ts';
import { deployGroups, type DeployGroup } from '../../crds/types/deploygroup.ts';
import type { Node } from '../../kube/builtin.ts';
import type { Client } from '../../kube/client.ts';
import type { Clock } from '../../kube/clock.ts';
import type { Controller } from '../../kube/controller.ts';
import type { EventRecorder } from '../../kube/events.ts';
import { IdCounter } from '../../kube/ids.ts';
import type { Manager } from '../../kube/manager.ts';
import { keyOf } from '../../kube/objects.ts';
import { OwnWrites } from '../../kube/ownwrites.ts';
import type { Change } from '../../kube/reflector.ts';
import { Reconciler } from '../../kube/reconciler.ts';
import { tellIntents } from '../shared/acting.ts';
import { idIndexer } from '../shared/integer-ids.ts';
import { nodeCache } from '../shared/nodes.ts';
import { act } from './act.ts';
import type { Plan } from './intents.ts';
import { observe } from './observe.ts';
import { plan } from './plan.ts';

export interface DeployGroupOptions {
  /** The client for all that this kind does; the manager's, unless a test breaks it on purpose. */
  readonly client?: Client;
  readonly events: EventRecorder;
  readonly clock: Clock;
  /** Where the counter of ids lives: one namespace for all groups of the cluster. */
  readonly systemNamespace: string;
  /** Only groups of this namespace; all when absent. */
  readonly namespace?: string;
}

/** Groups that are told by the Nodes which hosts they have. */
function selecting({ spec }: DeployGroup): readonly string[] {
  return spec.nodes?.selector === undefined ? [] : ['nodes'];
}

/** Nodes say every few minutes that they are well: what concerns groups are labels and addresses. */
function isNews({ type, object, previous }: Change<Node>): boolean {
  return type !== 'updated' || toldBy(object) !== toldBy(previous);
}

function toldBy(node: Node | undefined): string {
  return JSON.stringify([node?.metadata.labels ?? {}, node?.status?.addresses ?? []]);
}

/** Adds the DeployGroup kind to a manager: its cache and its controller. */
export function addDeployGroup(manager: Manager, options: DeployGroupOptions): Controller {
  const { events, clock, systemNamespace, namespace } = options;
  const client = options.client ?? manager.client;
  const groups = manager.cache(deployGroups, {
    ...(namespace === undefined ? {} : { namespace }),
    indexers: { ...idIndexer, selecting },
  });
  const nodes = nodeCache(manager);
  const ownWrites = new OwnWrites();
  const ids = new IdCounter(client, systemNamespace, groupIdCounterName, () =>
    highestId(deployGroups, { client, namespace }),
  );
  const reconciler = new Reconciler<DeployGroup, Plan>({
    type: deployGroups,
    store: groups.store,
    client,
    ownWrites,
    events,
    decide: async (group) =>
      plan(await observe(group, { groups: groups.store, nodes: nodes.store, client }), clock.now()),
    act: async (group, { intents }, pass) => {
      tellIntents(pass, intents);
      return act(group, intents, { client, ids, ownWrites });
    },
  });
  const controller = manager.controller({
    name: 'deploygroup',
    reconcile: async (key, pass) => reconciler.reconcile(key, pass),
  });
  groups.onChange(({ key }) => controller.queue.add(key));
  nodes.onChange((change) => {
    if (isNews(change))
      for (const group of groups.store.byIndex('selecting', 'nodes')) controller.queue.add(keyOf(group));
  });
  return controller;
}
