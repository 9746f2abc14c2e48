import { agentTasks, type AgentTask } from '../../../crds/types/agenttask.ts';
import { clusterStages, type ClusterStage } from '../../../crds/types/clusterstage.ts';
import type { Client } from '../../../kube/client.ts';
import { findCondition } from '../../../kube/conditions.ts';
import { nodes, type Node } from '../../../kube/builtin.ts';
import type { WatchEvent } from '../../../kube/watch.ts';
import { BenchError } from '../errors.ts';
import { follow } from '../follow.ts';
import { zoneOf } from '../../../controllers/clusterstage/turns/order.ts';
import { fleetNamespace, limits } from './fleet.ts';

/** What somebody saw who looked on. */
export interface Sights {
  /** Nodes out of service at once, at most: of all, and of one zone. */
  readonly mostOut: number;
  readonly mostOutOfZone: number;
  /** How often a node went out of service, at most. */
  readonly timesOut: number;
  /** Bytes of the status, at most. */
  readonly statusBytes: number;
  /** Writes of the status in a second, over the ten seconds with most of them. */
  readonly statusWrites: number;
}

/**
 * Takes the whole cluster through an upgrade, and lets each task succeed as soon as it is there.
 * @param request another one than at the time before
 * @throws BenchError where it does not end well
 */
export async function drainByStage(client: Client, request: string): Promise<Sights> {
  const looking = new Looking();
  const end = new AbortController();
  const done = Promise.withResolvers<void>();
  const watching = Promise.all([
    follow(client, nodes, { signal: end.signal }, (event) => looking.node(event)),
    follow(client, agentTasks, { signal: end.signal }, ({ type, object }) => {
      if (type === 'ADDED') succeed(client, object).catch(done.reject);
    }),
    follow(client, clusterStages, { signal: end.signal }, ({ object }) => {
      looking.stage(object);
      const ready = findCondition(object.status?.conditions, 'Ready');
      if (object.spec.requestID !== request || object.status?.observedGeneration !== object.metadata.generation) return;
      if (findCondition(object.status?.conditions, 'Stalled')?.status === 'True' && ready?.reason !== 'DrainBlocked')
        done.reject(new BenchError('DRIVER_FAILED', `the upgrade stands still: ${ready?.message}`));
      if (ready?.reason === 'Succeeded') done.resolve();
    }),
  ]);
  watching.catch(done.reject);
  try {
    const upgrade = { taskTemplate: { namespace: fleetNamespace, spec: { content: '- ping:\n' } } };
    await client.mergePatch(
      clusterStages,
      { name: 'cluster' },
      {
        spec: {
          stage: 'upgrading',
          requestID: request,
          minReadySeconds: 0,
          upgrade,
          maxUnavailable: `${limits.ofAll}%`,
          perZone: { maxUnavailable: `${limits.ofZone}%` },
        },
      },
    );
    await done.promise;
  } finally {
    end.abort();
    await watching.catch(() => undefined);
  }
  return looking;
}

async function succeed(client: Client, { metadata }: AgentTask): Promise<void> {
  await client.mergePatch(agentTasks, metadata, { status: { phase: 'Succeeded' } }, { subresource: 'status' });
}

class Looking implements Sights {
  mostOut = 0;
  mostOutOfZone = 0;
  timesOut = 0;
  statusBytes = 0;
  statusWrites = 0;
  readonly #out = new Map<string, string>();
  readonly #times = new Map<string, number>();
  readonly #written: number[] = [];
  #status = '';

  node({ object }: WatchEvent<Node>): void {
    const { name } = object.metadata;
    if (object.spec?.unschedulable !== true) this.#out.delete(name);
    else if (!this.#out.has(name)) {
      this.#out.set(name, zoneOf(object, {}));
      const times = (this.#times.get(name) ?? 0) + 1;
      this.#times.set(name, times);
      this.timesOut = Math.max(this.timesOut, times);
      const zones = [...this.#out.values()];
      this.mostOut = Math.max(this.mostOut, zones.length);
      this.mostOutOfZone = Math.max(this.mostOutOfZone, zones.filter((zone) => zone === zoneOf(object, {})).length);
    }
  }

  stage({ status }: ClusterStage): void {
    const text = JSON.stringify(status);
    if (text === this.#status) return;
    this.#status = text;
    this.statusBytes = Math.max(this.statusBytes, text.length);
    const now = performance.now();
    this.#written.push(now);
    while ((this.#written[0] ?? now) <= now - 10_000) this.#written.shift();
    this.statusWrites = Math.max(this.statusWrites, this.#written.length / 10);
  }
}
