import { newToken } from '../../../apiserver/auth/digest.ts';
import { callerManifests } from '../../callers.ts';
import { agentTasks, type AgentTask } from '../../../crds/types/agenttask.ts';
import { KubeClient } from '../../../kube/client.ts';
import { Credentials, loadKubeConfig } from '../../../kube/credentials.ts';
import { apiVersionOf, resourcePath } from '../../../kube/objects.ts';
import { Transport } from '../../../kube/transport.ts';
import type { Log } from '../../cluster/binaries/progress.ts';
import { startControlPlane, type ControlPlane } from '../../cluster/control-plane.ts';
import { installCrds } from '../../cluster/crds.ts';
import { mustKubectl } from '../../cluster/kubectl.ts';
import type { Sizes } from '../sizes.ts';
import { RunningFacade } from './subject.ts';
import { content, finishedTask } from './tasks.ts';

const systemNamespace = 'fleetwright-system';
/** As many writes at once as the transport has connections. */
const writers = 10;

/** A control plane with a caller of the facade. Facades come and go. */
export class FacadeBench {
  readonly plane: ControlPlane;
  readonly sizes: Sizes;
  readonly log: Log;
  readonly taskNamespace = 'default';
  /** Of a caller who may do all that the dispatch API offers. */
  readonly callerHeaders: Readonly<Record<string, string>>;
  readonly client: KubeClient;
  readonly #transport: Transport;

  static async open(sizes: Sizes, log: Log): Promise<FacadeBench> {
    const plane = await startControlPlane({
      components: { controllerManager: false, scheduler: false, kwok: false },
      log,
    });
    try {
      await installCrds(plane.kubeconfigPath, undefined, { kubectlPath: plane.kubectlPath });
      await mustKubectl(plane, ['create', 'namespace', systemNamespace]);
      const token = newToken();
      const items = callerManifests({
        name: 'bench',
        token,
        user: 'bench',
        namespace: systemNamespace,
        taskNamespaces: ['default'],
      });
      await mustKubectl(plane, ['apply', '--server-side', '-f', '-'], {
        input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
      });
      return new FacadeBench(plane, sizes, log, token);
    } catch (error) {
      await plane.stop();
      throw error;
    }
  }

  private constructor(plane: ControlPlane, sizes: Sizes, log: Log, token: string) {
    this.plane = plane;
    this.sizes = sizes;
    this.log = log;
    this.callerHeaders = { authorization: `Bearer ${token}`, 'x-correlation-id': '1-1', 'x-resource': 'orion' };
    this.#transport = new Transport(new Credentials(() => loadKubeConfig(plane.kubeconfigPath)));
    this.client = new KubeClient(this.#transport, { fieldManager: 'bench-driver' });
  }

  async close(): Promise<void> {
    await this.#transport.close();
    await this.plane.stop();
  }

  /** Runs a facade for as long as `work` takes. */
  async withFacade<R>(work: (facade: RunningFacade) => Promise<R>): Promise<R> {
    const { kubeconfigPath, folder } = this.plane;
    const facade = await RunningFacade.start({
      kubeconfigPath,
      systemNamespace,
      taskNamespace: this.taskNamespace,
      folder,
    });
    try {
      return await facade.during(work(facade));
    } finally {
      await facade.stop();
    }
  }

  /** Makes finished tasks with the ids from 1 on. @returns them */
  async fill(count: number): Promise<readonly AgentTask[]> {
    const tasks = Array.from({ length: count }, (_, index) => finishedTask(this.taskNamespace, index + 1));
    const queue = tasks.values();
    await Promise.all(
      Array.from({ length: writers }, async () => {
        for (const { status, ...task } of queue) {
          const { name } = task.metadata;
          await this.#transport.call({
            method: 'POST',
            path: resourcePath(agentTasks, this.taskNamespace),
            body: JSON.stringify(task),
          });
          await this.#transport.call({
            method: 'PATCH',
            path: resourcePath(agentTasks, this.taskNamespace, name, 'status'),
            body: JSON.stringify({ status }),
            contentType: 'application/merge-patch+json',
          });
        }
      }),
    );
    return tasks;
  }

  /** What a caller posts to /api/run. */
  runBody(name: string): object {
    return {
      name,
      nodes: ['192.0.2.31'],
      user: 'root',
      content,
      params: { version: '1.26', listen: [80, 443] },
      fork_num: 5,
    };
  }

  /** The object that the facade makes of such a post, as somebody else would send it to the API server. */
  async taskAsMade(facade: RunningFacade, name: string): Promise<AgentTask> {
    const answer = await fetch(`${facade.url}/api/run`, {
      method: 'POST',
      headers: this.callerHeaders,
      body: JSON.stringify(this.runBody(name)),
    });
    const { content: made } = (await answer.json()) as { readonly content: { readonly id: number } };
    const { items } = await this.client.list(agentTasks, {
      namespace: this.taskNamespace,
      labelSelector: `fleetwright.io/id=${made.id}`,
    });
    const [task] = items;
    if (task === undefined) throw new Error(`the facade made no task of the id ${made.id}`);
    const { labels, annotations, finalizers } = task.metadata;
    const metadata = {
      namespace: this.taskNamespace,
      name: task.metadata.name,
      ...(labels && { labels }),
      ...(annotations && { annotations }),
      ...(finalizers && { finalizers }),
    };
    return { apiVersion: apiVersionOf(agentTasks), kind: 'AgentTask', metadata, spec: task.spec } as AgentTask;
  }
}
