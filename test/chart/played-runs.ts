import { runLabel } from '../../crds/labels.ts';
import { agentTasks, type AgentTask } from '../../crds/types/agenttask.ts';
import { KubeClient } from '../../kube/client.ts';
import { Credentials, loadKubeConfig } from '../../kube/credentials.ts';
import { Transport } from '../../kube/transport.ts';
import { pods, type Pod } from '../../kube/workloads.ts';
import { mustKubectl } from '../cluster/kubectl.ts';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { PlayedNode } from '../integration/executors/job-node.ts';
import { changed, verdict } from '../integration/executors/job-site.ts';
import { eventually } from '../integration/kube/cluster.ts';

/**
 * Kubelet and scheduler for the pods of tasks, where there are none: played by the test, with the rights of the
 * administrator.
 */
export class PlayedRuns {
  readonly #plane: ControlPlane;
  readonly #transport: Transport;
  readonly #client: KubeClient;
  readonly #node: PlayedNode;
  readonly #namespace: string;

  private constructor(
    plane: ControlPlane,
    transport: Transport,
    client: KubeClient,
    node: PlayedNode,
    namespace: string,
  ) {
    this.#plane = plane;
    this.#transport = transport;
    this.#client = client;
    this.#node = node;
    this.#namespace = namespace;
  }

  static async open(plane: ControlPlane, namespace: string): Promise<PlayedRuns> {
    const transport = new Transport(new Credentials(() => loadKubeConfig(plane.kubeconfigPath)));
    const client = new KubeClient(transport, { fieldManager: 'tests' });
    return new PlayedRuns(plane, transport, client, await PlayedNode.start(client), namespace);
  }

  /** The pod of a task, for one host, as soon as the Job controller has made it. */
  async pod(task: string): Promise<Pod> {
    const { status } = await this.task(task, (found) => found.status?.run !== undefined);
    return this.#pod((found) => found.metadata.labels?.[runLabel] === status?.run?.id);
  }

  /** The task as soon as it is so. */
  async task(name: string, wanted: (task: AgentTask) => boolean): Promise<AgentTask> {
    return eventually(this.#client, agentTasks, this.#namespace, (task) => task.metadata.name === name && wanted(task));
  }

  /** Its container is running. @returns the pod with its node */
  async begin(pod: Pod): Promise<Pod> {
    const { name } = pod.metadata;
    const binding = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name },
      target: { apiVersion: 'v1', kind: 'Node', name: this.#node.name },
    };
    await mustKubectl(
      this.#plane,
      ['create', '--raw', `/api/v1/namespaces/${this.#namespace}/pods/${name}/binding`, '-f', '-'],
      { input: JSON.stringify(binding) },
    );
    const bound = await this.#pod((found) => found.metadata.name === name && found.spec?.nodeName === this.#node.name);
    await this.#node.began(bound);
    return bound;
  }

  async succeed(pod: Pod): Promise<void> {
    await this.#node.ended(pod, 0, verdict('successful', [changed]));
  }

  /** Heeds that the pod is to end, once it is wanted so. */
  async endWhenAsked(pod: Pod, wanted: (pod: Pod) => boolean = () => true): Promise<void> {
    const asked = await this.#pod(
      (found) =>
        found.metadata.uid === pod.metadata.uid && found.metadata.deletionTimestamp !== undefined && wanted(found),
    );
    await this.#node.ended(asked, 1, verdict('canceled', [changed]));
    await this.#node.gone(asked);
  }

  async close(): Promise<void> {
    await this.#node.stop();
    await this.#transport.close();
  }

  async #pod(wanted: (pod: Pod) => boolean): Promise<Pod> {
    return eventually(this.#client, pods, this.#namespace, wanted);
  }
}
