import { randomBytes } from 'node:crypto';

import type { KubeClient } from '../../../kube/client.ts';
import { leases } from '../../../kube/builtin.ts';
import { NotFoundError } from '../../../kube/errors.ts';
import type { KubeObject, ResourceType } from '../../../kube/objects.ts';
import { pods, type ContainerStatus, type Pod, type WorkloadCondition } from '../../../kube/workloads.ts';

interface Node extends KubeObject {
  readonly spec?: object;
  readonly status?: object;
}

const nodes: ResourceType<Node> = { group: '', version: 'v1', plural: 'nodes', kind: 'Node', namespaced: false };
const roomy = { cpu: '32', memory: '64Gi', pods: '500' };

/** How often (milliseconds) the node says that it is alive; it counts as lost after 40 seconds. */
const heartbeat = 8000;

/** A node without a kubelet: the test says what becomes of its pods. Other pods are kept away from it. */
export class PlayedNode {
  readonly name: string;
  readonly #client: KubeClient;
  readonly #timer: NodeJS.Timeout;

  private constructor(client: KubeClient, name: string) {
    this.#client = client;
    this.name = name;
    this.#timer = setInterval(() => void this.#beat().catch(() => undefined), heartbeat);
  }

  static async start(client: KubeClient): Promise<PlayedNode> {
    const name = `played-${randomBytes(4).toString('hex')}`;
    await client.create(nodes, {
      metadata: { name, labels: { played: name } },
      spec: { taints: [{ key: 'played', value: name, effect: 'NoSchedule' }] },
    });
    const node = new PlayedNode(client, name);
    await node.#beat();
    const now = new Date().toISOString();
    const ready = {
      type: 'Ready',
      status: 'True',
      reason: 'KubeletReady',
      message: '',
      lastHeartbeatTime: now,
      lastTransitionTime: now,
    };
    await client.mergePatch(
      nodes,
      { name },
      { status: { capacity: roomy, allocatable: roomy, conditions: [ready] } },
      { subresource: 'status' },
    );
    return node;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#client.delete(nodes, { name: this.name });
  }

  /** What brings pods here. */
  get placement(): {
    readonly nodeSelector: Readonly<Record<string, string>>;
    readonly tolerations: readonly { readonly key: string; readonly operator: string }[];
  } {
    return { nodeSelector: { played: this.name }, tolerations: [{ key: 'played', operator: 'Exists' }] };
  }

  async began(pod: Pod): Promise<void> {
    await this.#report(pod, 'Running', { running: { startedAt: seconds(new Date()) } });
  }

  async waits(pod: Pod, reason: string, message: string): Promise<void> {
    await this.#report(pod, 'Pending', { waiting: { reason, message } });
  }

  /** Its container ended, with this termination message. */
  async ended(
    pod: Pod,
    exitCode: number,
    message?: string,
    reason: string = exitCode === 0 ? 'Completed' : 'Error',
  ): Promise<void> {
    const { state } = (await this.#client.get(pods, pod.metadata)).status?.containerStatuses?.[0] ?? {};
    const startedAt = state?.running?.startedAt ?? seconds(new Date());
    const terminated = {
      exitCode,
      reason,
      startedAt,
      finishedAt: seconds(new Date()),
      ...(message === undefined ? {} : { message }),
    };
    await this.#report(pod, exitCode === 0 ? 'Succeeded' : 'Failed', { terminated, running: null });
  }

  /** What kubelet does last with a deleted pod: it is gone, but for finalizers. */
  async gone(pod: Pod): Promise<void> {
    try {
      await this.#client.delete(pods, pod.metadata, { gracePeriodSeconds: 0 });
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
    }
  }

  /** Adds a condition such as DisruptionTarget, as those who take pods away do. */
  async condition(pod: Pod, condition: WorkloadCondition): Promise<void> {
    const { status } = await this.#client.get(pods, pod.metadata);
    const conditions = [
      ...(status?.conditions ?? []).filter(({ type }) => type !== condition.type),
      { ...condition, lastTransitionTime: seconds(new Date()) },
    ];
    await this.#client.mergePatch(pods, pod.metadata, { status: { conditions } }, { subresource: 'status' });
  }

  async #report(pod: Pod, phase: string, state: object): Promise<void> {
    const [container] = pod.spec?.containers ?? [];
    const status: Omit<ContainerStatus, 'state'> & object = {
      name: container?.name ?? '',
      image: container?.image ?? '',
      containerID: 'played://1',
    };
    const containerStatuses = [
      { ...status, imageID: '', ready: phase === 'Running', restartCount: 0, state: { waiting: null, ...state } },
    ];
    await this.#client.mergePatch(
      pods,
      pod.metadata,
      { status: { phase, containerStatuses } },
      { subresource: 'status' },
    );
  }

  async #beat(): Promise<void> {
    const lease = {
      metadata: { namespace: 'kube-node-lease', name: this.name },
      spec: {
        holderIdentity: this.name,
        leaseDurationSeconds: 40,
        renewTime: new Date().toISOString().replace('Z', '000Z'),
      },
    };
    await this.#client.apply(leases, lease, { fieldManager: 'played-node', force: true });
  }
}

function seconds(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
