import { truncate } from '../../../../kube/conditions.ts';
import type { CoreEvent, Job, Pod, WorkloadCondition } from '../../../../kube/workloads.ts';
import type { Cause } from '../executor.ts';
import { plainLine } from '../plain-text.ts';
import { runnerContainer } from './names.ts';
import { nodeOf, runnerStatus, terminationOf, timeOf } from './pod-status.ts';

/** Longest message of a cause, in UTF-16 units. */
const messageLimit = 600;
/** How much of it what Kubernetes itself says may take. */
const quoteLimit = 300;

const notRepeated =
  'What was interrupted is not repeated: create a new AgentTask for its hosts, ' +
  'or set spec.job.onDisruption to Retry for content that may be run twice';

const disruptions: Readonly<Record<string, Pick<Cause, 'reason'> & { readonly what: string }>> = {
  EvictionByEvictionAPI: { reason: 'PodEvicted', what: 'was evicted, as a drain of its node does' },
  TerminationByKubelet: { reason: 'PodEvicted', what: 'was evicted by its node' },
  PreemptionByScheduler: { reason: 'PodPreempted', what: 'had to make room for a pod of higher priority' },
  DeletionByTaintManager: { reason: 'NodeLost', what: 'was lost: its node does not answer or is tainted' },
  DeletionByPodGC: { reason: 'NodeLost', what: 'was lost: its node is gone' },
};

const unpullable = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'ImageInspectError',
  'RegistryUnavailable',
  'SignatureValidationFailed',
]);
const unconfigurable = new Set(['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError']);

export function causeFor(reason: string, message: string): Cause {
  return { reason, message: plainLine(message, messageLimit) };
}

/** The pod, and its node where it has one, for messages. */
export function podText(pod: Pod): string {
  const { namespace, name } = pod.metadata;
  const node = nodeOf(pod);
  return `pod ${namespace}/${name}${node === undefined ? '' : ` on node ${node}`}`;
}

export function jobText({ metadata }: Job): string {
  return `Job ${metadata.namespace}/${metadata.name}`;
}

/** Who took the pod away from its run, where it was Kubernetes itself. */
export function disruptionOf(pod: Pod): Cause | undefined {
  const condition = trueCondition(pod.status?.conditions, 'DisruptionTarget');
  const known = disruptions[condition?.reason ?? ''];
  if (condition !== undefined)
    return causeFor(
      known?.reason ?? 'PodEvicted',
      `${podText(pod)} ${known?.what ?? 'was disrupted'}${quoted(condition.message)}. ${notRepeated}`,
    );
  if (pod.status?.reason === 'Evicted')
    return causeFor(
      'PodEvicted',
      `${podText(pod)} was evicted by its node${quoted(pod.status.message)}. ${notRepeated}`,
    );
  return undefined;
}

/** A pod that should be gone since long, but its node says nothing. */
export function silence(pod: Pod): Cause {
  return causeFor(
    'NodeLost',
    `${podText(pod)} cannot be ended: the node does not answer, and the pod may still be at work there. ` +
      'Bring the node back, or make sure that it is off, then delete its Node object or the pod: ' +
      `kubectl delete pod -n ${pod.metadata.namespace} ${pod.metadata.name} --force`,
  );
}

export function deletion(pod: Pod): Cause {
  return causeFor(
    'PodDeleted',
    `${podText(pod)} was deleted by somebody. To stop a task, set its spec.stop; ` +
      'to run it again on these hosts, create a new AgentTask',
  );
}

/** @param job as `jobText` words it */
export function jobDeleted(job: string): Cause {
  return causeFor(
    'JobDeleted',
    `${job} was deleted by somebody, which ends its run. ` +
      'To stop a task, set its spec.stop; to run it again, create a new AgentTask',
  );
}

/** What keeps a pod from beginning; undefined when nothing is known to. */
export function obstacleOf(pod: Pod): Cause | undefined {
  const { reason = '', message } = runnerStatus(pod)?.state?.waiting ?? {};
  if (unpullable.has(reason)) {
    return causeFor(
      'ImageNotPullable',
      `${podText(pod)} cannot get the image ${imageOf(pod)} (${reason})${quoted(message)}. ` +
        "Check the image's name, imagePullSecrets and whether the node reaches the registry",
    );
  }
  if (unconfigurable.has(reason)) {
    return causeFor(
      'PodNotConfigurable',
      `${podText(pod)} cannot be set up (${reason})${quoted(message)}. ` +
        'Create what is missing, or correct the pod template',
    );
  }
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status !== 'False') return undefined;
  return causeFor(
    'Unschedulable',
    `${podText(pod)} finds no node${quoted(scheduled.message)}. ` +
      'Make room, add a node, or change requests, nodeSelector or tolerations of the pods',
  );
}

function imageOf({ spec }: Pod): string {
  return spec?.containers?.find(({ name }) => name === runnerContainer)?.image ?? '';
}

/** Why a pod ended that did not say itself what it came to. */
export function failureOf(pod: Pod): Cause {
  const terminated = terminationOf(pod);
  const { metadata } = pod;
  if (terminated?.reason === 'OOMKilled') {
    return causeFor(
      'OutOfMemory',
      `${podText(pod)} was killed because it used more memory than its limit. ` +
        'Raise spec.job.resources.limits.memory of the task, or lower forks or spec.job.shardSize',
    );
  }
  if (terminated?.reason === 'StartError' || terminated?.reason === 'ContainerCannotRun') {
    return causeFor(
      'PodNotConfigurable',
      `the container of ${podText(pod)} could not be started${quoted(terminated.message)}. ` +
        'The image must be the runner image, or made from it',
    );
  }
  const { reason, message } = pod.status ?? {};
  const how =
    terminated === undefined
      ? (reason ?? 'no container ran')
      : `exit code ${terminated.exitCode}${terminated.reason === undefined ? '' : `, ${terminated.reason}`}`;
  return causeFor(
    'PodFailed',
    `${podText(pod)} ended without a result (${how})${quoted(message)}. ` +
      `See: kubectl logs -n ${metadata.namespace} ${metadata.name}`,
  );
}

/** Events that tell why a pod that has its node does not begin. */
const mountTroubles = new Set(['FailedMount', 'FailedAttachVolume', 'FailedCreatePodSandBox']);

export function mountTroubleOf(pod: Pod, events: readonly CoreEvent[]): Cause | undefined {
  const event = latest(
    events.filter(
      ({ involvedObject, reason = '' }) => involvedObject.uid === pod.metadata.uid && mountTroubles.has(reason),
    ),
  );
  return event === undefined
    ? undefined
    : causeFor(
        'PodNotConfigurable',
        `${podText(pod)} cannot be set up (${event.reason})${quoted(event.message)}. ` +
          'Create the Secret or the volume that is missing, or correct the pod template',
      );
}

/**
 * Why the Job controller cannot make pods, by its Events.
 * @param since milliseconds since the epoch: it could make those up to then
 */
export function refusalOf(job: Job, events: readonly CoreEvent[], since: number): Cause | undefined {
  const event = latest(
    events.filter(
      (seen) =>
        seen.involvedObject.uid === job.metadata.uid && seen.reason === 'FailedCreate' && lastSeen(seen) >= since,
    ),
  );
  if (event === undefined) return undefined;
  const { message = '' } = event;
  const text = `no pod can be made for ${jobText(job)}${quoted(message)}`;
  if (/exceeded quota|must specify (limits|requests)|insufficient quota/.test(message))
    return causeFor(
      'QuotaExceeded',
      `${text}. Raise the ResourceQuota, wait until other pods have ended, or set spec.job.resources`,
    );
  if (/violates PodSecurity/.test(message))
    return causeFor(
      'PodSecurityRefused',
      `${text}. The pods are restricted by themselves: look for what the operator's pod template adds`,
    );
  return causeFor('PodRefused', `${text}. Create what is missing, or ask whoever set up the rule`);
}

export function trueCondition(
  conditions: readonly WorkloadCondition[] | undefined,
  type: string,
): WorkloadCondition | undefined {
  return conditions?.find((condition) => condition.type === type && condition.status === 'True');
}

function latest(events: readonly CoreEvent[]): CoreEvent | undefined {
  return events.toSorted((a, b) => lastSeen(a) - lastSeen(b)).at(-1);
}

function lastSeen({ lastTimestamp, eventTime, metadata }: CoreEvent): number {
  return timeOf(lastTimestamp ?? eventTime ?? metadata.creationTimestamp) ?? 0;
}

function quoted(text: string | undefined): string {
  const line = truncate(plainLine(text ?? '', messageLimit), quoteLimit).replace(/[.:\s]+$/, '');
  return line === '' ? '' : `: ${line}`;
}
