import { pino } from 'pino';

import type { PodResult, RunFile } from '../../../controllers/agenttask/executors/job/contract.ts';
import { runFileKey } from '../../../controllers/agenttask/executors/job/contract.ts';
import { runnerContainer } from '../../../controllers/agenttask/executors/job/names.ts';
import { encodePodResult } from '../../../controllers/agenttask/executors/job/result.ts';
import { runLabel } from '../../../crds/labels.ts';
import { configMaps } from '../../../kube/builtin.ts';
import type { Client } from '../../../kube/client.ts';
import { ApiError } from '../../../kube/errors.ts';
import { keyOf } from '../../../kube/objects.ts';
import { Reflector } from '../../../kube/reflector.ts';
import { pods, type Pod, type PodStatus } from '../../../kube/workloads.ts';

export interface KubeletOptions {
  readonly namespace: string;
  /** Whether a pod goes on until it is deleted, instead of ending well at once. */
  readonly endless?: boolean;
}

/**
 * Plays kubelet for the pods of runs, which nobody schedules where there are no nodes: says that they run, and leaves
 * the result that the program in them would leave. It outlives the controllers under test, as real nodes do.
 */
export class Kubelet {
  /** Hosts in the order in which pods began to work on them: content is run once for each entry. */
  readonly worked: string[] = [];
  readonly #client: Client;
  readonly #options: KubeletOptions;
  readonly #end = new AbortController();
  readonly #running: Promise<void>;
  /** What is under way for a pod; the next change waits for it. */
  readonly #care = new Map<string, Promise<void>>();
  readonly #begun = new Map<string, number>();

  constructor(client: Client, options: KubeletOptions) {
    this.#client = client;
    this.#options = options;
    const reflector = new Reflector(client, pods, {
      namespace: options.namespace,
      labelSelector: runLabel,
      log: pino({ level: 'silent' }),
    });
    reflector.onChange(({ type, key, object }) => {
      if (type !== 'deleted')
        this.#care.set(
          key,
          (this.#care.get(key) ?? Promise.resolve()).then(() => this.#lookAfter(object)),
        );
    });
    this.#running = reflector.run(this.#end.signal);
  }

  async stop(): Promise<void> {
    this.#end.abort();
    await this.#running;
    await Promise.all(this.#care.values());
  }

  async #lookAfter(pod: Pod): Promise<void> {
    const { phase } = pod.status ?? {};
    if (this.#end.signal.aborted || phase === 'Succeeded' || phase === 'Failed') return;
    const begun = this.#begun.get(keyOf(pod));
    const leaving = pod.metadata.deletionTimestamp !== undefined;
    try {
      if (begun === undefined && leaving) await this.#say(pod, { phase: 'Failed' });
      else if (begun === undefined) await this.#begin(pod);
      else if (leaving) await this.#say(pod, await ended(this.#client, pod, begun, 'canceled'));
    } catch (error) {
      // Gone, or the namespace goes.
      if (!(error instanceof ApiError)) throw error;
    }
  }

  async #begin(pod: Pod): Promise<void> {
    const startedAt = Date.now();
    this.#begun.set(keyOf(pod), startedAt);
    this.worked.push(...(await hostsOf(this.#client, pod)));
    await this.#say(pod, {
      phase: 'Running',
      containerStatuses: [
        {
          name: runnerContainer,
          containerID: 'played://1',
          state: { running: { startedAt: new Date(startedAt).toISOString() } },
        },
      ],
    });
    if (this.#options.endless !== true) await this.#say(pod, await ended(this.#client, pod, startedAt, 'successful'));
  }

  async #say(pod: Pod, status: PodStatus): Promise<void> {
    const containerStatuses = status.containerStatuses?.map((container) => ({
      image: 'played',
      imageID: 'played',
      ready: false,
      restartCount: 0,
      ...container,
    }));
    await this.#client.mergePatch(
      pods,
      pod.metadata,
      { status: { ...status, ...(containerStatuses === undefined ? {} : { containerStatuses }) } },
      { subresource: 'status' },
    );
  }
}

async function ended(
  client: Client,
  pod: Pod,
  startedAt: number,
  outcome: 'successful' | 'canceled',
): Promise<PodStatus> {
  const exitCode = outcome === 'successful' ? 0 : 1;
  const hosts = (await hostsOf(client, pod)).map(() => ['changed', 1, 1, 0, 0, 0] as const);
  const result: PodResult = { version: 1, outcome, exitCode, startedAt, finishedAt: Date.now(), hosts };
  const [start, end] = [startedAt, result.finishedAt].map((time) => new Date(time).toISOString());
  const terminated = {
    exitCode,
    message: encodePodResult(result),
    reason: exitCode === 0 ? 'Completed' : 'Error',
    startedAt: start ?? null,
    finishedAt: end ?? null,
  };
  return {
    phase: exitCode === 0 ? 'Succeeded' : 'Failed',
    containerStatuses: [{ name: runnerContainer, containerID: 'played://1', state: { terminated } }],
  };
}

async function hostsOf(client: Client, { metadata }: Pod): Promise<readonly string[]> {
  const { namespace = '', labels, annotations } = metadata;
  const file = await client.get(configMaps, { namespace, name: `run-${labels?.[runLabel] ?? ''}` });
  const { run, shardSize }: RunFile = JSON.parse(file.data?.[runFileKey] ?? '');
  const index = Number(annotations?.['batch.kubernetes.io/job-completion-index'] ?? 0);
  return run.hosts.slice(index * shardSize, (index + 1) * shardSize);
}
