import type { Node } from '../../../kube/builtin.ts';
import { nodes } from '../../../kube/builtin.ts';
import { isTrue } from '../../../kube/conditions.ts';
import { evictions, podDisruptionBudgets, type Eviction } from '../../../kube/disruption.ts';
import { apiErrorFrom } from '../../../kube/errors.ts';
import type { KubeObject } from '../../../kube/objects.ts';
import { pods, type Pod } from '../../../kube/workloads.ts';
import type { ModelApi } from '../world/api.ts';
import type { ManualClock } from '../world/clock.ts';
import type { Surroundings } from '../world/world.ts';

/** Pods that something makes anew, and what holds for all of them together. */
export interface Workload {
  readonly name: string;
  readonly replicas: number;
  /** Of its PodDisruptionBudget; absent: it has none. */
  readonly maxUnavailable?: number;
  /** Seconds that a pod takes to end. */
  readonly ends?: number;
  /** Seconds that a pod takes to become ready. */
  readonly starts?: number;
}

const kubelet = 'model/kubelet';

/** What goes on with pods by itself: they are made anew on nodes that take some, become ready, and end when deleted. */
export class Workloads implements Surroundings {
  readonly #api: ModelApi;
  readonly #clock: ManualClock;
  readonly #workloads = new Map<string, Workload>();
  readonly #due: { readonly at: number; readonly act: () => void }[] = [];
  readonly #ending = new Set<string>();
  #made = 0;

  constructor(api: ModelApi, clock: ManualClock) {
    this.#api = api;
    this.#clock = clock;
    api.onSubresource(evictions, (eviction: Eviction) => this.#evict(eviction));
    api.onChange(({ plural, event }) => {
      if (plural === pods.plural) this.#podChanged(event.object, event.type);
      if (plural === nodes.plural) this.#later(0.1, () => this.#makeAll());
    });
  }

  add(workload: Workload): void {
    this.#workloads.set(workload.name, workload);
    if (workload.maxUnavailable !== undefined)
      this.#api.create(podDisruptionBudgets, {
        metadata: { namespace: 'default', name: workload.name },
        spec: { selector: { matchLabels: { app: workload.name } }, maxUnavailable: workload.maxUnavailable },
        status: {},
      });
    this.#make(workload, 0);
    this.#count(workload.name);
  }

  /** The budget is taken away: from then on all may go. */
  removeBudget(name: string): void {
    this.#api.delete(podDisruptionBudgets, { namespace: 'default', name });
  }

  /** Ready pods that are not being deleted. */
  healthy(name: string): number {
    return this.#podsOf(name).filter(
      (pod) => isTrue(pod.status?.conditions, 'Ready') && pod.metadata.deletionTimestamp === undefined,
    ).length;
  }

  nextChange(): number | undefined {
    return this.#due.length === 0 ? undefined : Math.min(...this.#due.map(({ at }) => at));
  }

  goOn(): void {
    const now = this.#clock.now().getTime();
    for (const each of this.#due.filter(({ at }) => at <= now)) {
      this.#due.splice(this.#due.indexOf(each), 1);
      each.act();
    }
  }

  #later(seconds: number, act: () => void): void {
    this.#due.push({ at: this.#clock.now().getTime() + seconds * 1000, act });
  }

  #podsOf(name: string): readonly Pod[] {
    return this.#api.list(pods).filter(({ metadata }) => metadata.labels?.['app'] === name);
  }

  #podChanged({ metadata }: KubeObject, type: string): void {
    const name = metadata.labels?.['app'] ?? '';
    const workload = this.#workloads.get(name);
    if (workload === undefined) return;
    if (type === 'DELETED' || metadata.deletionTimestamp !== undefined) this.#later(0.1, () => this.#make(workload));
    if (type !== 'DELETED' && metadata.deletionTimestamp !== undefined && !this.#ending.has(metadata.uid ?? '')) {
      this.#ending.add(metadata.uid ?? '');
      this.#later(workload.ends ?? 2, () => {
        if (this.#api.find(pods, metadata)?.metadata.uid === metadata.uid)
          this.#api.mergePatch(pods, metadata, { metadata: { name: metadata.name, finalizers: [] } });
      });
    }
    this.#count(name);
  }

  #makeAll(): void {
    for (const workload of this.#workloads.values()) this.#make(workload);
  }

  #make(workload: Workload, starts = workload.starts ?? 3): void {
    const present = this.#podsOf(workload.name).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    for (let count = present.length; count < workload.replicas; count += 1) {
      const node = this.#roomiest();
      if (node === undefined) return;
      this.#made += 1;
      const name = `${workload.name}-${this.#made}`;
      const ready = { conditions: [{ type: 'Ready', status: 'True' as const }], phase: 'Running' as const };
      const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: workload.name, uid: `rs-${workload.name}` };
      this.#api.create(pods, {
        metadata: {
          namespace: 'default',
          name,
          labels: { app: workload.name },
          finalizers: [kubelet],
          ownerReferences: [{ ...owner, controller: true }],
        },
        spec: { nodeName: node },
        status: starts === 0 ? ready : { phase: 'Pending' },
      });
      if (starts > 0)
        this.#later(starts, () => {
          const key = { namespace: 'default', name };
          if (this.#api.find(pods, key) !== undefined) this.#api.mergePatch(pods, key, { status: ready }, 'status');
        });
    }
  }

  /** The node that takes pods and has the fewest. */
  #roomiest(): string | undefined {
    const count = ({ metadata }: Node): number =>
      this.#api.list(pods).filter(({ spec }) => spec?.nodeName === metadata.name).length;
    const open = this.#api.list(nodes).filter(({ spec }) => spec?.unschedulable !== true);
    return open.toSorted((a, b) => count(a) - count(b))[0]?.metadata.name;
  }

  #count(name: string): void {
    const key = { namespace: 'default', name };
    const budget = this.#api.find(podDisruptionBudgets, key);
    const workload = this.#workloads.get(name);
    if (budget === undefined || workload?.maxUnavailable === undefined) return;
    const desiredHealthy = workload.replicas - workload.maxUnavailable;
    const currentHealthy = this.healthy(name);
    const disruptionsAllowed = Math.max(0, currentHealthy - desiredHealthy);
    const status = { desiredHealthy, currentHealthy, disruptionsAllowed, expectedPods: workload.replicas };
    this.#api.mergePatch(podDisruptionBudgets, key, { status }, 'status');
  }

  #evict({ metadata, deleteOptions }: Eviction): void {
    const pod = this.#api.get(pods, metadata);
    const uid = deleteOptions?.preconditions?.uid;
    if (uid !== undefined && uid !== pod.metadata.uid) throw refusal(409, 'Conflict', 'the UID is another one');
    const key = { namespace: 'default', name: pod.metadata.labels?.['app'] ?? '' };
    const budget = this.#api.find(podDisruptionBudgets, key);
    const going = pod.metadata.deletionTimestamp !== undefined;
    if (
      budget !== undefined &&
      !going &&
      isTrue(pod.status?.conditions, 'Ready') &&
      (budget.status?.disruptionsAllowed ?? 0) === 0
    )
      throw refusal(429, 'TooManyRequests', 'Cannot evict pod as it would violate the budget', 'DisruptionBudget');
    if (deleteOptions?.dryRun === undefined) this.#api.delete(pods, pod.metadata);
  }
}

function refusal(code: number, reason: string, message: string, cause?: string): Error {
  const details = cause === undefined ? {} : { details: { causes: [{ reason: cause, message }] } };
  return apiErrorFrom(code, JSON.stringify({ kind: 'Status', code, reason, message, ...details }), 'the model');
}
