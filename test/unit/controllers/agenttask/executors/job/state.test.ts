import { describe, expect, test } from 'vitest';

import type { CoreEvent, Job, Pod } from '../../../../../../kube/workloads.ts';
import {
  assessed,
  at,
  condition,
  deletedAt,
  disrupted,
  ended,
  failedJob,
  gaveUp,
  job,
  pod,
  running,
  short,
  stopped,
  verdict,
  waiting,
} from './pictures.ts';

function event(uid: string, reason: string, message: string, seconds = 5): CoreEvent {
  return { metadata: { name: reason }, involvedObject: { uid }, reason, message, lastTimestamp: at(seconds) };
}

describe('a run that goes on', () => {
  test.each<[string, Job, readonly Pod[], string]>([
    ['well', job(), [pod(running())], 'running'],
    ['while its pod is being made', job(), [], 'running'],
    ['while its pod gets its image', job(), [pod(waiting('ContainerCreating'))], 'running'],
    ['until the Job controller has seen the end', job(), [pod(ended(0, verdict('successful')))], 'running'],
    [
      'until its pods have ended',
      job(stopped),
      [pod(running(), { ...deletedAt, deletionTimestamp: at(140) })],
      'running',
    ],
    ['until the Job controller has heard of the stop', job({ suspend: true }), [], 'running'],
    [
      'with another pod after a disruption',
      job(),
      [pod(ended(137, undefined, disrupted('EvictionByEvictionAPI')), deletedAt)],
      'running',
    ],
    ['without its image', job(), [pod(waiting('ErrImagePull', 'not found'))], 'running ImageNotPullable'],
    ['with a wrong name of an image', job(), [pod(waiting('InvalidImageName'))], 'running ImageNotPullable'],
    [
      'without what its container needs',
      job(),
      [pod(waiting('CreateContainerConfigError', 'secret "k" not found'))],
      'running PodNotConfigurable',
    ],
    [
      'without a node',
      job(),
      [
        pod(
          {
            phase: 'Pending',
            conditions: [
              { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes are available' },
            ],
          },
          {},
          '',
        ),
      ],
      'running Unschedulable',
    ],
    ['without its Job', job({ deleted: 90 }), [pod(running())], 'running JobDeleted'],
    [
      'although its node does not answer',
      job(),
      [
        pod(running(disrupted('DeletionByTaintManager')), {
          deletionTimestamp: at(80),
          deletionGracePeriodSeconds: 30,
        }),
      ],
      'running NodeLost',
    ],
    [
      'although somebody deletes its pod without waiting',
      job(),
      [pod(running(), { deletionTimestamp: at(80), deletionGracePeriodSeconds: 0 })],
      'running NodeLost',
    ],
    [
      'while it is given up',
      job({ ...gaveUp, conditions: [] }),
      [pod(waiting('ErrImagePull'), deletedAt)],
      'running ImageNotPullable',
    ],
  ])('%s', (_, seen, pods, expected) => {
    expect(short(assessed(seen, pods))).toBe(expected);
  });

  test.each([
    ['Error creating: pods "x" is forbidden: exceeded quota: q, requested: pods=1', 'running QuotaExceeded'],
    [
      'Error creating: pods "x" is forbidden: violates PodSecurity "restricted:latest": hostPath',
      'running PodSecurityRefused',
    ],
    ['Error creating: pods "x" is forbidden: error looking up service account ns/s: not found', 'running PodRefused'],
  ])('without pods, because %s', (message, expected) => {
    const events = [
      event('job', 'FailedCreate', 'an older one', 2),
      event('job', 'FailedCreate', message),
      event('other', 'FailedCreate', 'of another Job', 9),
    ];
    expect(short(assessed(job(), [], 120, events))).toBe(expected);
  });

  test('without another pod, or well, by what was said since the last one was made', () => {
    const evicted = pod(ended(137, undefined, disrupted('EvictionByEvictionAPI')), deletedAt);
    const message = 'Error creating: pods "x" is forbidden: exceeded quota: q';
    expect(short(assessed(job(), [evicted], 120, [event('job', 'FailedCreate', message, 100)]))).toBe(
      'running QuotaExceeded',
    );
    expect(short(assessed(job(), [evicted], 120, [event('job', 'FailedCreate', message, 0)]))).toBe('running');
  });

  test('without a volume', () => {
    const message = 'MountVolume.SetUp failed for volume "fleetwright-credentials" : secret "key" not found';
    const { state } = assessed(job(), [pod(waiting('ContainerCreating'))], 120, [
      event('pod-0', 'FailedMount', message),
    ]);
    expect(state).toMatchObject({
      hindrance: { reason: 'PodNotConfigurable', message: expect.stringContaining('secret "key" not found') },
    });
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
    [
      'nothing, while one of several is at work',
      job({ completions: 2 }),
      [pod(running()), pod(waiting('ErrImagePull'), { index: 1 })],
      5000,
      undefined,
    ],
    [
      'nothing, soon after one of several has ended',
      job({ completions: 2 }),
      [pod(ended(0, verdict('successful'))), pod(waiting('ErrImagePull'), { index: 1 })],
      359,
      undefined,
    ],
    [
      'give up the rest, long after',
      job({ completions: 2 }),
      [pod(ended(0, verdict('successful'))), pod(waiting('ErrImagePull'), { index: 1 })],
      360,
      'ImageNotPullable',
    ],
    ['nothing more, once it was stopped', job({ suspend: true }), [pod(waiting('ErrImagePull'))], 5000, undefined],
  ])('%s', (_, seen, pods, now, expected) => {
    const { due } = assessed(seen, pods, now);
    expect(due?.do === 'giveUp' ? due.cause.reason : due?.do).toBe(expected);
  });

  test('the pods of a deleted Job have to end, once', () => {
    expect(assessed(job({ deleted: 90 }), [pod(running())]).due).toEqual({ do: 'endPods' });
    expect(
      assessed(job({ deleted: 90 }), [pod(running(), { deletionTimestamp: at(130), deletionGracePeriodSeconds: 30 })])
        .due,
    ).toBe(undefined);
  });
});

describe('a pod whose node does not answer', () => {
  const lost = pod(running(disrupted('DeletionByTaintManager')), {
    deletionTimestamp: at(130),
    deletionGracePeriodSeconds: 30,
  });
  const forced = pod(running(disrupted('DeletionByTaintManager')), {
    deletionTimestamp: at(130),
    deletionGracePeriodSeconds: 0,
  });

  test.each([
    ['may be at work until it would have ended itself', lost, 669, 'running NodeLost'],
    ['counts as ended after that', lost, 671, 'finished error NodeLost'],
    ['may be ending after a forced deletion', forced, 190, 'running NodeLost'],
    ['counts as ended a minute after a forced deletion', forced, 191, 'finished error NodeLost'],
  ])('%s', (_, seen, now, expected) => {
    // Whatever the Job controller says: it waits for ever for such a pod.
    expect(short(assessed(job(), [seen], now))).toBe(expected);
    expect(short(assessed(job({ conditions: [condition('FailureTarget', 'DeadlineExceeded')] }), [seen], now))).toBe(
      expected.replace('error', 'timeout'),
    );
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
  const { state } = assessed(job(failedJob), [
    pod(ended(137, undefined, disrupted('EvictionByEvictionAPI', 'Eviction API: evicting\nnow'))),
  ]);
  expect(state.state === 'finished' ? state.cause?.message : '').toBe(
    'pod ns/run-1-0-x on node n1 was evicted, as a drain of its node does: Eviction API: evicting now. ' +
      'What was interrupted is not repeated: create a new AgentTask for its hosts, ' +
      'or set spec.job.onDisruption to Retry for content that may be run twice',
  );
});
