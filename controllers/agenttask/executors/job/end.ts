import { runFinalizer } from '../../../../crds/labels.ts';
import { configMaps } from '../../../../kube/builtin.ts';
import type { Client, DeleteOptions } from '../../../../kube/client.ts';
import { ConflictError, NotFoundError } from '../../../../kube/errors.ts';
import { removeFinalizer } from '../../../../kube/finalizers.ts';
import { getIfThere } from '../../../../kube/ifthere.ts';
import type { KubeObject, ResourceType } from '../../../../kube/objects.ts';
import { jobs, pods, type Job, type Pod } from '../../../../kube/workloads.ts';
import { inChunks } from '../../../shared/chunks.ts';
import type { Cause, StopStage } from '../executor.ts';
import type { JobContext } from './context.ts';
import { isTerminal } from './job-status.ts';
import { findConfigMap, findJob, listPods } from './look.ts';
import { stoppedAnnotation } from './names.ts';
import type { RunOwner } from './order.ts';
import { hasEnded, timeOf } from './pod-status.ts';

/**
 * Seconds that a pod is given that is to be killed. Not 0: the API server would forget the pod without having heard of
 * its end from its node, and a run counts as over when its pods are.
 */
const killGrace = 1;
/** Milliseconds before the end of its grace period by which a pod has told what it came to. */
const lastMoments = 5000;
/** How often a finalizer is taken away anew when others changed the object meanwhile. */
const conflictRetries = 5;

/**
 * Stops a run. Suspended, the Job makes no pods any more and the Job controller ends those it has, each with its grace
 * period.
 */
export async function stopRun(
  { client, clock }: JobContext,
  owner: RunOwner,
  id: string,
  stage: StopStage,
): Promise<void> {
  const job = await findJob(client, owner, id);
  const askedBefore = job?.metadata.annotations?.[stoppedAnnotation] !== undefined;
  if (job !== undefined && job.metadata.deletionTimestamp === undefined) {
    if (isTerminal(job)) return;
    if (job.spec.suspend !== true || job.metadata.annotations?.[stoppedAnnotation] === undefined)
      await suspend(client, job, 'stop');
  }
  if (stage === 'kill') {
    const found = await listPods(client, owner.namespace, id);
    // One that was asked to stop is about to tell what it came to; the next call is soon.
    const left = ({ metadata }: Pod): number => (timeOf(metadata.deletionTimestamp) ?? 0) - clock.now().getTime();
    await endPods(
      client,
      found.filter((pod) => !askedBefore || left(pod) <= lastMoments),
      killGrace,
    );
  }
  // A Job that is deleted no longer ends its pods.
  else if (job?.metadata.deletionTimestamp !== undefined)
    await endPods(client, await listPods(client, owner.namespace, id));
}

/** Stops a Job that cannot go on, and writes the cause on it, for the process that will see its end. */
export async function giveUp(client: Client, job: Job, cause: Cause): Promise<void> {
  await suspend(client, job, JSON.stringify(cause));
}

async function suspend(client: Client, { metadata }: Job, reason: string): Promise<void> {
  const annotations = metadata.annotations?.[stoppedAnnotation] === undefined ? { [stoppedAnnotation]: reason } : {};
  const patch = { metadata: { uid: metadata.uid, annotations }, spec: { suspend: true } };
  await client.mergePatch(jobs, metadata, patch).catch((error: unknown) => {
    if (!(error instanceof NotFoundError)) throw error;
  });
}

/** Deletes the pods that have not ended. @param gracePeriodSeconds their own when absent */
export async function endPods(client: Client, found: readonly Pod[], gracePeriodSeconds?: number): Promise<void> {
  const live = found.filter((pod) => !hasEnded(pod));
  await inChunks(live, (pod) =>
    remove(client, pods, pod, gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
  );
}

/**
 * Lets go of what was held until the end of the run was recorded; a Job that is finished stays for people until its
 * time is over.
 * @param everything the Job goes in any case
 */
export async function releaseRun(
  { client }: JobContext,
  owner: RunOwner,
  id: string,
  everything: boolean,
): Promise<void> {
  const job = await findJob(client, owner, id);
  // A Job that is not finished could go on, and do everything again.
  if (job !== undefined && (everything || !isTerminal(job)))
    await remove(client, jobs, job, { propagationPolicy: 'Background' });
  await inChunks(await listPods(client, owner.namespace, id), (pod) => letGo(client, pods, pod));
  const configMap = await findConfigMap(client, owner, id);
  if (configMap !== undefined) await remove(client, configMaps, configMap, {});
  // Last: by it a process that comes after a crash sees that there is something left to do.
  if (job !== undefined) await letGo(client, jobs, job);
}

/** Takes our finalizer away from the object as it is by now. */
async function letGo<T extends KubeObject>(client: Client, type: ResourceType<T>, seen: T): Promise<void> {
  let object: T | undefined = seen;
  for (let attempt = 0; object !== undefined && object.metadata.uid === seen.metadata.uid; attempt += 1) {
    try {
      await removeFinalizer(client, type, object, runFinalizer);
      return;
    } catch (error) {
      if (!(error instanceof ConflictError) || attempt >= conflictRetries) throw error;
      object = await getIfThere(client, type, seen.metadata);
    }
  }
}

async function remove<T extends KubeObject>(
  client: Client,
  type: ResourceType<T>,
  { metadata }: T,
  options: DeleteOptions,
): Promise<void> {
  try {
    await client.delete(type, metadata, metadata.uid === undefined ? options : { ...options, uid: metadata.uid });
  } catch (error) {
    // Gone, or another one of the same name: either way the one that was meant is no more.
    if (!(error instanceof NotFoundError || error instanceof ConflictError)) throw error;
  }
}
