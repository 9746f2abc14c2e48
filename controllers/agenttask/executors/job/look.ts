import { runLabel } from '../../../../crds/labels.ts';
import { configMaps, type ConfigMap } from '../../../../kube/builtin.ts';
import { listAll, type Client } from '../../../../kube/client.ts';
import { getIfThere } from '../../../../kube/ifthere.ts';
import { joinKey, type KubeObject } from '../../../../kube/objects.ts';
import { coreEvents, jobs, pods, type CoreEvent, type Job, type Pod } from '../../../../kube/workloads.ts';
import { isObject, numberField, objectField, parseObject, type JsonObject } from '../json.ts';
import { isOwnedBy, type JobContext } from './context.ts';
import { runFileKey } from './contract.ts';
import { factsOf, type PodFacts } from './facts.ts';
import { isClosed, isEndExpected } from './job-status.ts';
import { annotatedNumber, byRun, runIdOf, runObjectName, timeoutAnnotation } from './names.ts';
import type { RunOwner } from './order.ts';
import { timeOf } from './pod-status.ts';
import { assess } from './state.ts';
import type { Assessment } from './sight.ts';

/** A run that was started, as its Job and pods show it. */
export interface Look extends Assessment {
  readonly job: Job;
  readonly pods: readonly PodFacts[];
}

/**
 * How long (milliseconds) a Job may be without pods, or a pod without word of its container, before somebody is asked
 * why.
 */
const patience = 5000;

/**
 * Looks at the Job of a run. What ends a run, or makes us end it, is never decided on a cache, which may lack pods or
 * what became of them.
 * @returns undefined when there is no Job of the task's
 */
export async function look(context: JobContext, owner: RunOwner, id: string): Promise<Look | undefined> {
  const cached = context.jobs.get(joinKey({ namespace: owner.namespace, name: runObjectName(id) }));
  if (cached !== undefined && isOwnedBy(cached, owner) && !isClosed(cached)) {
    const seen = await lookAt(context, cached, context.pods.byIndex(byRun, id));
    if (seen.state.state === 'running' && seen.due === undefined) return seen;
  }
  const job = await findJob(context.client, owner, id);
  return job === undefined ? undefined : lookAt(context, job, await listPods(context.client, owner.namespace, id));
}

/** The Job as the API server has it; undefined when there is none, or one that is not the task's. */
export async function findJob(client: Client, owner: RunOwner, id: string): Promise<Job | undefined> {
  const job = await getIfThere(client, jobs, { namespace: owner.namespace, name: runObjectName(id) });
  return job !== undefined && isOwnedBy(job, owner) ? job : undefined;
}

/** The ConfigMap as the API server has it; undefined when there is none, or one that is not the run's. */
export async function findConfigMap(client: Client, owner: RunOwner, id: string): Promise<ConfigMap | undefined> {
  const found = await getIfThere(client, configMaps, { namespace: owner.namespace, name: runObjectName(id) });
  return found !== undefined && isOwnedBy(found, owner) && runIdOf(found) === id ? found : undefined;
}

/** All pods of a run as the API server has them. */
export async function listPods(client: Client, namespace: string, id: string): Promise<readonly Pod[]> {
  const found: Pod[] = [];
  await listAll(client, pods, { namespace, labelSelector: `${runLabel}=${id}` }, (items) => found.push(...items));
  return found;
}

async function lookAt({ client, clock }: JobContext, job: Job, found: readonly Pod[]): Promise<Look> {
  const now = clock.now();
  const context = {
    now,
    timeoutSeconds: annotatedNumber(job, timeoutAnnotation) ?? 0,
    endExpected: isEndExpected(job),
  };
  const facts = found
    .filter((pod) => isOwnedBy(pod, { uid: job.metadata.uid ?? '' }))
    .map((pod) => factsOf(pod, context));
  const events = isClosed(job) ? [] : await warnings(client, job, facts, now);
  return { job, pods: facts, ...assess({ job, pods: facts, events, now }) };
}

/** What Kubernetes says of a Job that makes no pods, or of a pod that does not begin. */
async function warnings(
  client: Client,
  job: Job,
  facts: readonly PodFacts[],
  now: Date,
): Promise<readonly CoreEvent[]> {
  const isPast = (time = 0): boolean => now.getTime() - time > patience;
  const live = facts.filter(({ ended }) => ended === false);
  if (live.length === 0)
    return isPast(
      Math.max(timeOf(job.metadata.creationTimestamp) ?? 0, ...facts.map(({ finishedAt }) => finishedAt ?? 0)),
    )
      ? warningsOf(client, job)
      : [];
  const stuck = live.find(
    ({ begun, trouble, pod }) => !begun && trouble === undefined && isPast(timeOf(pod.metadata.creationTimestamp)),
  );
  return stuck === undefined ? [] : warningsOf(client, stuck.pod);
}

async function warningsOf(client: Client, { metadata }: KubeObject): Promise<readonly CoreEvent[]> {
  const { items } = await client.list(coreEvents, {
    namespace: metadata.namespace ?? '',
    fieldSelector: `involvedObject.uid=${metadata.uid},type=Warning`,
    limit: 100,
  });
  return items;
}

/** The part of a run file by which its results are put together. */
export interface RunPlan {
  readonly hosts: readonly string[];
  readonly shardSize: number;
  readonly timeoutSeconds: number;
}

/** @returns undefined for what is no run file of ours */
export function readRunPlan(configMap: ConfigMap): RunPlan | undefined {
  const file: JsonObject = parseObject(configMap.data?.[runFileKey] ?? '') ?? {};
  const run = objectField(file, 'run');
  const hosts: unknown = run['hosts'];
  const shardSize = numberField(file, 'shardSize');
  const timeoutSeconds = numberField(run, 'timeoutSeconds');
  const valid =
    isObject(run) &&
    Array.isArray(hosts) &&
    hosts.length > 0 &&
    hosts.every((host) => typeof host === 'string') &&
    shardSize > 0 &&
    timeoutSeconds > 0;
  return valid ? { hosts, shardSize, timeoutSeconds } : undefined;
}
