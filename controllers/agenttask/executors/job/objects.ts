import { runFinalizer, runLabel } from '../../../../crds/labels.ts';
import { agentTasks } from '../../../../crds/types/agenttask.ts';
import type { ConfigMap } from '../../../../kube/builtin.ts';
import { apiVersionOf, type ObjectMeta } from '../../../../kube/objects.ts';
import type { Job, JobSpec } from '../../../../kube/workloads.ts';
import type { RunSpec } from '../executor.ts';
import { runFileKey, type RunFile } from './contract.ts';
import {
  parallelismAnnotation,
  runObjectName,
  shardSizeAnnotation,
  startDeadlineAnnotation,
  timeoutAnnotation,
} from './names.ts';
import { podMetadata, podSpec } from './pod-spec.ts';
import type { JobSettings, RunOwner, Shares, JobOrder } from './order.ts';

/**
 * Seconds on top of what the run and its start may take, after which the Job controller ends the Job whatever its pods
 * say.
 */
const outerMargin = 120;

const defaults = { shardSize: 20, startDeadlineSeconds: 300, ttlSecondsAfterFinished: 3600 };

/**
 * `forks` counts over all pods, so that a task in many pods works on no more hosts at once than one in a single pod.
 */
export function sharesOf({ hosts, forks, job }: RunSpec, settings: JobSettings): Shares {
  const shardSize = job?.shardSize ?? settings.shardSize ?? defaults.shardSize;
  const pods = Math.ceil(hosts.length / shardSize);
  return { shardSize, pods, parallelism: Math.min(pods, forks) };
}

/** What the pods of a run are told. It has no secret, whatever the run has. */
export function runFileOf(run: RunSpec, settings: JobSettings): RunFile {
  const { sshPrivateKey: _key, credentialsSecret, job: _job, knownHosts, ...plain } = run;
  const { shardSize, parallelism } = sharesOf(run, settings);
  // Those of a Secret are in the pod already, and win there.
  const lines = credentialsSecret === undefined ? (knownHosts ?? settings.knownHosts) : settings.knownHosts;
  const forks = Math.max(1, Math.floor(run.forks / parallelism));
  return {
    version: 1,
    run: { ...plain, forks, ...(lines === undefined ? {} : { knownHosts: lines }) },
    shardSize,
    maxOutputBytes: settings.maxOutputBytes,
  };
}

export function configMapOf(owner: RunOwner, run: RunSpec, settings: JobSettings): ConfigMap {
  const annotations = { [parallelismAnnotation]: String(sharesOf(run, settings).parallelism) };
  return {
    metadata: { ...metadataOf(owner, run.id), annotations },
    immutable: true,
    data: { [runFileKey]: JSON.stringify(runFileOf(run, settings)) },
  };
}

/** The Job of a run. */
export function jobOf(owner: RunOwner, order: JobOrder, settings: JobSettings): Job {
  const { id, shardSize, pods, parallelism, timeoutSeconds, job } = order;
  const startDeadlineSeconds =
    job?.startDeadlineSeconds ?? settings.startDeadlineSeconds ?? defaults.startDeadlineSeconds;
  const annotations = {
    [shardSizeAnnotation]: String(shardSize),
    [timeoutAnnotation]: String(timeoutSeconds),
    [startDeadlineAnnotation]: String(startDeadlineSeconds),
  };
  return {
    metadata: { ...metadataOf(owner, id), annotations, finalizers: [runFinalizer] },
    spec: {
      completionMode: 'Indexed',
      completions: pods,
      parallelism,
      ...failurePolicy(order),
      podReplacementPolicy: 'Failed',
      activeDeadlineSeconds: timeoutSeconds + startDeadlineSeconds + outerMargin,
      ttlSecondsAfterFinished: settings.ttlSecondsAfterFinished ?? defaults.ttlSecondsAfterFinished,
      suspend: false,
      template: { metadata: podMetadata(id, settings.podTemplate), spec: podSpec(order, settings) },
    },
  };
}

/** No pod is ever made a second time, but for disruptions where the task allows it. */
function failurePolicy({
  job,
  pods,
}: JobOrder): Pick<JobSpec, 'backoffLimit' | 'backoffLimitPerIndex' | 'podFailurePolicy'> {
  const single = pods === 1;
  const action = job?.onDisruption === 'Retry' ? 'Ignore' : single ? 'FailJob' : 'FailIndex';
  const rules = [{ action, onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] } as const];
  return { ...(single ? { backoffLimit: 0 } : { backoffLimitPerIndex: 0 }), podFailurePolicy: { rules } };
}

function metadataOf({ namespace, name, uid }: RunOwner, id: string): ObjectMeta {
  return {
    namespace,
    name: runObjectName(id),
    labels: { [runLabel]: id, 'app.kubernetes.io/managed-by': 'fleetwright' },
    ownerReferences: [
      {
        apiVersion: apiVersionOf(agentTasks),
        kind: agentTasks.kind,
        name,
        uid,
        controller: true,
        blockOwnerDeletion: false,
      },
    ],
  };
}
