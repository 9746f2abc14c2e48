import { describe, expect, test } from 'vitest';
import type { Assessment } from '../../../../../../controllers/agenttask/executors/job/state.ts';
import type { CoreEvent, Job, Pod } from '../../../../../../kube/workloads.ts';
import { assessed, at, condition, disrupted, ended, job, pod, running, verdict, waiting, type JobPicture } from './pictures.ts';

const failedJob: JobPicture = { conditions: [condition('Failed', 'BackoffLimitExceeded')] };
const stopped: JobPicture = { suspend: true, conditions: [condition('Suspended')], annotations: { 'fleetwright.io/stopped-for': 'stop' } };
const gaveUp: JobPicture = { ...stopped, annotations: { 'fleetwright.io/stopped-for': JSON.stringify({ reason: 'ImageNotPullable', message: 'no image' }) } };
/** Kubelet's last word on a deleted pod sets the time anew. */
const confirmed = { deletionTimestamp: at(112), deletionGracePeriodSeconds: 0 };
const deletedAt = { deletionTimestamp: at(90), deletionGracePeriodSeconds: 30 };
const refused = { phase: 'Failed', reason: 'OutOfcpu', message: 'Node did not have enough cpu' } as const;

/** `finished outcome cause`, or `running hindrance`. */
function short({ state }: Assessment): string {
  const words = state.state === 'finished' ? [state.state, state.outcome, state.cause?.reason] : [state.state, state.hindrance?.reason];
  return words.filter((word) => word !== undefined).join(' ');
}

function event(uid: string, reason: string, message: string, seconds = 5): CoreEvent {
  return { metadata: { name: reason }, involvedObject: { uid }, reason, message, lastTimestamp: at(seconds) };
}

describe('a run that has ended', () => {
  test.each<[string, Job, readonly Pod[], string]>([
    ['well', job({ conditions: [condition('Complete')] }), [pod(ended(0, verdict('successful')))], 'finished successful'],
    ['with failures of hosts', job(failedJob), [pod(ended(2, verdict('failed')))], 'finished failed'],
    ['by its own timeout', job(failedJob), [pod(ended(2, verdict('timeout')))], 'finished timeout'],
    ['for a cause that its pod tells', job(failedJob), [pod(ended(2, verdict('canceled', { cause: { reason: 'OutputTooLarge', message: 'm' } })))], 'finished canceled OutputTooLarge'],
    ['because it was stopped', job(stopped), [pod(ended(2, verdict('canceled')), deletedAt)], 'finished canceled'],
    ['because it was stopped and killed', job(stopped), [pod(ended(137), deletedAt)], 'finished canceled'],
    ['because it was stopped before any pod was made', job(stopped), [], 'finished canceled'],
    ['well, although it was stopped', job(stopped), [pod(ended(0, verdict('successful')))], 'finished successful'],
    ['because it could not begin', job(gaveUp), [pod(waiting('ImagePullBackOff'), deletedAt, '')], 'finished error ImageNotPullable'],
    ['because somebody suspended it', job({ suspend: true, conditions: [condition('Suspended')] }), [pod(ended(2, verdict('canceled')), deletedAt)], 'finished canceled JobSuspended'],
    ['because the Job took too long', job({ conditions: [condition('Failed', 'DeadlineExceeded')] }), [pod(ended(2, verdict('canceled')), deletedAt)], 'finished timeout'],
    ['because the Job took too long, no pod being there', job({ conditions: [condition('Failed', 'DeadlineExceeded')] }), [], 'finished timeout'],
    ['because the Job was deleted', job({ deleted: 90 }), [pod(ended(2, verdict('canceled')), deletedAt)], 'finished canceled JobDeleted'],
    ['because the Job was deleted before any pod was made', job({ deleted: 90 }), [], 'finished canceled JobDeleted'],
    ['well, the Job being cleared away since', job({ conditions: [condition('Complete')], deleted: 4000 }), [pod(ended(0, verdict('successful')), { deletionTimestamp: at(4000), deletionGracePeriodSeconds: 0 })], 'finished successful'],
    ['by itself, the Job being cleared away since', job({ ...failedJob, deleted: 4000 }), [pod(ended(1), { deletionTimestamp: at(4000), deletionGracePeriodSeconds: 0 })], 'finished error PodFailed'],
    ['by an eviction, which the pod heeded', job(failedJob), [pod(ended(2, verdict('canceled'), disrupted('EvictionByEvictionAPI')), deletedAt)], 'finished canceled PodEvicted'],
    ['well, just before an eviction', job({ conditions: [condition('Complete')] }), [pod(ended(0, verdict('successful'), disrupted('EvictionByEvictionAPI')), deletedAt)], 'finished successful'],
    ['by an eviction', job(failedJob), [pod(ended(137, undefined, disrupted('EvictionByEvictionAPI')), deletedAt)], 'finished error PodEvicted'],
    ['by its node, which lacks memory', job(failedJob), [pod(ended(137, undefined, disrupted('TerminationByKubelet')))], 'finished error PodEvicted'],
    ['by its node, in the words of an older one', job(failedJob), [pod(ended(137, undefined, { reason: 'Evicted', message: 'The node was low on resource' }))], 'finished error PodEvicted'],
    ['for a pod of higher priority', job(failedJob), [pod(ended(137, undefined, disrupted('PreemptionByScheduler')), deletedAt)], 'finished error PodPreempted'],
    ['with its node, which came back', job(failedJob), [pod(ended(137, undefined, disrupted('DeletionByTaintManager')), deletedAt)], 'finished error NodeLost'],
    ['with its node, which was deleted', job(failedJob), [pod(running({ phase: 'Failed', ...disrupted('DeletionByPodGC') }), { ...deletedAt, deletionGracePeriodSeconds: 0 })], 'finished error NodeLost'],
    ['because its pod was deleted', job(failedJob), [pod(ended(137), deletedAt)], 'finished error PodDeleted'],
    ['because its pod was deleted, which its node confirmed since', job(failedJob), [pod(ended(137), confirmed)], 'finished error PodDeleted'],
    ['because its pod was deleted, which heeded it, and which its node confirmed since', job(failedJob), [pod(ended(2, verdict('canceled')), confirmed)], 'finished canceled PodDeleted'],
    ['because its pod was deleted, which heeded it', job(failedJob), [pod(ended(2, verdict('canceled')), deletedAt)], 'finished canceled PodDeleted'],
    ['for want of memory', job(failedJob), [pod(ended(137, undefined, { because: 'OOMKilled' }))], 'finished error OutOfMemory'],
    ['for want of memory, and deleted since', job(failedJob), [pod(ended(137, undefined, { because: 'OOMKilled' }), deletedAt)], 'finished error OutOfMemory'],
    ['without a word', job(failedJob), [pod(ended(1))], 'finished error PodFailed'],
    ['with a word that is none', job(failedJob), [pod(ended(1, '{"version":1,"outcome":"successful"'))], 'finished error PodFailed'],
    ['because the image is none of ours', job(failedJob), [pod(ended(128, 'exec: "tini": not found', { because: 'StartError' }))], 'finished error PodNotConfigurable'],
    ['because its node did not take the pod', job(failedJob), [pod(refused)], 'finished error PodFailed'],
    ['and somebody took its pod away', job(failedJob), [], 'finished error PodDeleted'],
  ])('%s', (_, seen, pods, expected) => {
    expect(short(assessed(seen, pods))).toBe(expected);
  });

  test('tells when, with which exit code, and what the pod says', () => {
    const { state } = assessed(job(failedJob), [pod(ended(3, verdict('error', { exitCode: 250, message: 'no Ansible' })))]);
    expect(state).toEqual({ state: 'finished', outcome: 'error', exitCode: 250, startedAt: new Date(at(10)), finishedAt: new Date(at(60)), message: 'no Ansible' });
  });

  test('tells the worst of its shards, and the first cause', () => {
    const several = job({ completions: 3, conditions: [condition('Failed', 'FailedIndexes')] });
    const good = pod(ended(0, verdict('successful')), { index: 0 });
    expect(short(assessed(several, [good, pod(ended(2, verdict('failed')), { index: 1 }), pod(ended(2, verdict('timeout')), { index: 2 })]))).toBe('finished timeout');
    expect(short(assessed(several, [good, pod(ended(1), { index: 1 }), pod(ended(137, undefined, disrupted('EvictionByEvictionAPI')), { index: 2 })]))).toBe('finished error PodFailed');
    expect(short(assessed({ ...several, status: { ...several.status, failedIndexes: '1-2' } }, [good, pod(ended(2, verdict('failed')), { index: 2 })]))).toBe('finished error PodDeleted');
  });

  test('goes by the latest pod of a shard that began', () => {
    const done = job({ conditions: [condition('Complete')] });
    const first = pod(ended(137, undefined, disrupted('EvictionByEvictionAPI')), { name: 'first', uid: '1', creationTimestamp: at(1) });
    expect(short(assessed(done, [pod(ended(0, verdict('successful')), { uid: '2', creationTimestamp: at(70) }), first]))).toBe('finished successful');
    const never = assessed(job(gaveUp), [first, pod(waiting('ImagePullBackOff'), { ...deletedAt, uid: '2', creationTimestamp: at(70) }, '')]);
    expect(never.shards[0]?.pod?.pod.metadata.name).toBe('first');
  });
});

describe('a run that goes on', () => {
  test.each<[string, Job, readonly Pod[], string]>([
    ['well', job(), [pod(running())], 'running'],
    ['while its pod is being made', job(), [], 'running'],
    ['while its pod gets its image', job(), [pod(waiting('ContainerCreating'))], 'running'],
    ['until the Job controller has seen the end', job(), [pod(ended(0, verdict('successful')))], 'running'],
    ['until its pods have ended', job(stopped), [pod(running(), { ...deletedAt, deletionTimestamp: at(140) })], 'running'],
    ['until the Job controller has heard of the stop', job({ suspend: true }), [], 'running'],
    ['with another pod after a disruption', job(), [pod(ended(137, undefined, disrupted('EvictionByEvictionAPI')), deletedAt)], 'running'],
    ['without its image', job(), [pod(waiting('ErrImagePull', 'not found'))], 'running ImageNotPullable'],
    ['with a wrong name of an image', job(), [pod(waiting('InvalidImageName'))], 'running ImageNotPullable'],
    ['without what its container needs', job(), [pod(waiting('CreateContainerConfigError', 'secret "k" not found'))], 'running PodNotConfigurable'],
    ['without a node', job(), [pod({ phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes are available' }] }, {}, '')], 'running Unschedulable'],
    ['without its Job', job({ deleted: 90 }), [pod(running())], 'running JobDeleted'],
    ['although its node does not answer', job(), [pod(running(disrupted('DeletionByTaintManager')), { deletionTimestamp: at(80), deletionGracePeriodSeconds: 30 })], 'running NodeLost'],
    ['although somebody deletes its pod without waiting', job(), [pod(running(), { deletionTimestamp: at(80), deletionGracePeriodSeconds: 0 })], 'running NodeLost'],
    ['while it is given up', job({ ...gaveUp, conditions: [] }), [pod(waiting('ErrImagePull'), deletedAt)], 'running ImageNotPullable'],
  ])('%s', (_, seen, pods, expected) => {
    expect(short(assessed(seen, pods))).toBe(expected);
  });

  test.each([
    ['Error creating: pods "x" is forbidden: exceeded quota: q, requested: pods=1', 'running QuotaExceeded'],
    ['Error creating: pods "x" is forbidden: violates PodSecurity "restricted:latest": hostPath', 'running PodSecurityRefused'],
    ['Error creating: pods "x" is forbidden: error looking up service account ns/s: not found', 'running PodRefused'],
  ])('without pods, because %s', (message, expected) => {
    const events = [event('job', 'FailedCreate', 'an older one', 2), event('job', 'FailedCreate', message), event('other', 'FailedCreate', 'of another Job', 9)];
    expect(short(assessed(job(), [], 120, events))).toBe(expected);
  });

  test('without another pod, or well, by what was said since the last one was made', () => {
    const evicted = pod(ended(137, undefined, disrupted('EvictionByEvictionAPI')), deletedAt);
    const message = 'Error creating: pods "x" is forbidden: exceeded quota: q';
    expect(short(assessed(job(), [evicted], 120, [event('job', 'FailedCreate', message, 100)]))).toBe('running QuotaExceeded');
    expect(short(assessed(job(), [evicted], 120, [event('job', 'FailedCreate', message, 0)]))).toBe('running');
  });

  test('without a volume', () => {
    const message = 'MountVolume.SetUp failed for volume "fleetwright-credentials" : secret "key" not found';
    const { state } = assessed(job(), [pod(waiting('ContainerCreating'))], 120, [event('pod-0', 'FailedMount', message)]);
    expect(state).toMatchObject({ hindrance: { reason: 'PodNotConfigurable', message: expect.stringContaining('secret "key" not found') } });
  });

  test('since its first pod began, and no time before that', () => {
    expect(assessed(job(), [], 90).state.startedAt).toEqual(new Date(at(90)));
    expect(assessed(job(), [pod(running())]).state.startedAt).toEqual(new Date(at(10)));
  });
});

describe('what has to be done', () => {
  test.each<[string, Job, readonly Pod[], number, string | undefined]>([
    ['nothing, while it may still begin', job(), [pod(waiting('ErrImagePull'))], 299, undefined],
    ['give up what did not begin in time', job(), [pod(waiting('ErrImagePull'))], 300, 'ImageNotPullable'],
    ['give up what nobody can say anything about', job(), [], 300, 'PodNotStarted'],
    ['nothing, once a pod has begun', job(), [pod(running())], 5000, undefined],
    ['nothing, while one of several is at work', job({ completions: 2 }), [pod(running()), pod(waiting('ErrImagePull'), { index: 1 })], 5000, undefined],
    ['nothing, soon after one of several has ended', job({ completions: 2 }), [pod(ended(0, verdict('successful'))), pod(waiting('ErrImagePull'), { index: 1 })], 359, undefined],
    ['give up the rest, long after', job({ completions: 2 }), [pod(ended(0, verdict('successful'))), pod(waiting('ErrImagePull'), { index: 1 })], 360, 'ImageNotPullable'],
    ['nothing more, once it was stopped', job({ suspend: true }), [pod(waiting('ErrImagePull'))], 5000, undefined],
  ])('%s', (_, seen, pods, now, expected) => {
    const { due } = assessed(seen, pods, now);
    expect(due?.do === 'giveUp' ? due.cause.reason : due?.do).toBe(expected);
  });

  test('the pods of a deleted Job have to end, once', () => {
    expect(assessed(job({ deleted: 90 }), [pod(running())]).due).toEqual({ do: 'endPods' });
    expect(assessed(job({ deleted: 90 }), [pod(running(), { deletionTimestamp: at(130), deletionGracePeriodSeconds: 30 })]).due).toBe(undefined);
  });
});

describe('a pod whose node does not answer', () => {
  const lost = pod(running(disrupted('DeletionByTaintManager')), { deletionTimestamp: at(130), deletionGracePeriodSeconds: 30 });
  const forced = pod(running(disrupted('DeletionByTaintManager')), { deletionTimestamp: at(130), deletionGracePeriodSeconds: 0 });

  test.each([
    ['may be at work until it would have ended itself', lost, 669, 'running NodeLost'],
    ['counts as ended after that', lost, 671, 'finished error NodeLost'],
    ['may be ending after a forced deletion', forced, 190, 'running NodeLost'],
    ['counts as ended a minute after a forced deletion', forced, 191, 'finished error NodeLost'],
  ])('%s', (_, seen, now, expected) => {
    // Whatever the Job controller says: it waits for ever for such a pod.
    expect(short(assessed(job(), [seen], now))).toBe(expected);
    expect(short(assessed(job({ conditions: [condition('FailureTarget', 'DeadlineExceeded')] }), [seen], now))).toBe(expected.replace('error', 'timeout'));
  });

  test('counts as begun, even if nothing was heard of its container', () => {
    const silent = pod({ phase: 'Pending' }, { deletionTimestamp: at(130), deletionGracePeriodSeconds: 30 });
    const shard = (now: number): unknown => assessed(job(), [silent], now).shards[0]?.pod;
    expect(shard(790)).toMatchObject({ begun: false, ended: false });
    expect(shard(791)).toMatchObject({ begun: true, ended: 'given up' });
    expect(short(assessed(job(), [silent], 791))).toBe('finished error NodeLost');
  });
});

test('messages name the pod, its node and what to do, in one line', () => {
  const { state } = assessed(job(failedJob), [pod(ended(137, undefined, disrupted('EvictionByEvictionAPI', 'Eviction API: evicting\nnow')))]);
  expect(state.state === 'finished' ? state.cause?.message : '').toBe(
    'pod ns/run-1-0-x on node n1 was evicted, as a drain of its node does: Eviction API: evicting now. What was interrupted is not repeated: create a new AgentTask for its hosts, or set spec.job.onDisruption to Retry for content that may be run twice',
  );
});
