import { describe, expect, test } from 'vitest';

import type { Job, Pod } from '../../../../../../kube/workloads.ts';
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

/** Kubelet's last word on a deleted pod sets the time anew. */
const confirmed = { deletionTimestamp: at(112), deletionGracePeriodSeconds: 0 };
const refused = { phase: 'Failed', reason: 'OutOfcpu', message: 'Node did not have enough cpu' } as const;

describe('a run that has ended', () => {
  test.each<[string, Job, readonly Pod[], string]>([
    [
      'well',
      job({ conditions: [condition('Complete')] }),
      [pod(ended(0, verdict('successful')))],
      'finished successful',
    ],
    ['with failures of hosts', job(failedJob), [pod(ended(2, verdict('failed')))], 'finished failed'],
    ['by its own timeout', job(failedJob), [pod(ended(2, verdict('timeout')))], 'finished timeout'],
    [
      'for a cause that its pod tells',
      job(failedJob),
      [pod(ended(2, verdict('canceled', { cause: { reason: 'OutputTooLarge', message: 'm' } })))],
      'finished canceled OutputTooLarge',
    ],
    ['because it was stopped', job(stopped), [pod(ended(2, verdict('canceled')), deletedAt)], 'finished canceled'],
    ['because it was stopped and killed', job(stopped), [pod(ended(137), deletedAt)], 'finished canceled'],
    ['because it was stopped before any pod was made', job(stopped), [], 'finished canceled'],
    ['well, although it was stopped', job(stopped), [pod(ended(0, verdict('successful')))], 'finished successful'],
    [
      'because it could not begin',
      job(gaveUp),
      [pod(waiting('ImagePullBackOff'), deletedAt, '')],
      'finished error ImageNotPullable',
    ],
    [
      'because somebody suspended it',
      job({ suspend: true, conditions: [condition('Suspended')] }),
      [pod(ended(2, verdict('canceled')), deletedAt)],
      'finished canceled JobSuspended',
    ],
    [
      'because the Job took too long',
      job({ conditions: [condition('Failed', 'DeadlineExceeded')] }),
      [pod(ended(2, verdict('canceled')), deletedAt)],
      'finished timeout',
    ],
    [
      'because the Job took too long, no pod being there',
      job({ conditions: [condition('Failed', 'DeadlineExceeded')] }),
      [],
      'finished timeout',
    ],
    [
      'because the Job was deleted',
      job({ deleted: 90 }),
      [pod(ended(2, verdict('canceled')), deletedAt)],
      'finished canceled JobDeleted',
    ],
    ['because the Job was deleted before any pod was made', job({ deleted: 90 }), [], 'finished canceled JobDeleted'],
    [
      'well, the Job being cleared away since',
      job({ conditions: [condition('Complete')], deleted: 4000 }),
      [pod(ended(0, verdict('successful')), { deletionTimestamp: at(4000), deletionGracePeriodSeconds: 0 })],
      'finished successful',
    ],
    [
      'by itself, the Job being cleared away since',
      job({ ...failedJob, deleted: 4000 }),
      [pod(ended(1), { deletionTimestamp: at(4000), deletionGracePeriodSeconds: 0 })],
      'finished error PodFailed',
    ],
    [
      'by an eviction, which the pod heeded',
      job(failedJob),
      [pod(ended(2, verdict('canceled'), disrupted('EvictionByEvictionAPI')), deletedAt)],
      'finished canceled PodEvicted',
    ],
    [
      'well, just before an eviction',
      job({ conditions: [condition('Complete')] }),
      [pod(ended(0, verdict('successful'), disrupted('EvictionByEvictionAPI')), deletedAt)],
      'finished successful',
    ],
    [
      'by an eviction',
      job(failedJob),
      [pod(ended(137, undefined, disrupted('EvictionByEvictionAPI')), deletedAt)],
      'finished error PodEvicted',
    ],
    [
      'by its node, which lacks memory',
      job(failedJob),
      [pod(ended(137, undefined, disrupted('TerminationByKubelet')))],
      'finished error PodEvicted',
    ],
    [
      'by its node, in the words of an older one',
      job(failedJob),
      [pod(ended(137, undefined, { reason: 'Evicted', message: 'The node was low on resource' }))],
      'finished error PodEvicted',
    ],
    [
      'for a pod of higher priority',
      job(failedJob),
      [pod(ended(137, undefined, disrupted('PreemptionByScheduler')), deletedAt)],
      'finished error PodPreempted',
    ],
    [
      'with its node, which came back',
      job(failedJob),
      [pod(ended(137, undefined, disrupted('DeletionByTaintManager')), deletedAt)],
      'finished error NodeLost',
    ],
    [
      'with its node, which was deleted',
      job(failedJob),
      [
        pod(running({ phase: 'Failed', ...disrupted('DeletionByPodGC') }), {
          ...deletedAt,
          deletionGracePeriodSeconds: 0,
        }),
      ],
      'finished error NodeLost',
    ],
    ['because its pod was deleted', job(failedJob), [pod(ended(137), deletedAt)], 'finished error PodDeleted'],
    [
      'because its pod was deleted, which its node confirmed since',
      job(failedJob),
      [pod(ended(137), confirmed)],
      'finished error PodDeleted',
    ],
    [
      'because its pod was deleted, which heeded it, and which its node confirmed since',
      job(failedJob),
      [pod(ended(2, verdict('canceled')), confirmed)],
      'finished canceled PodDeleted',
    ],
    [
      'because its pod was deleted, which heeded it',
      job(failedJob),
      [pod(ended(2, verdict('canceled')), deletedAt)],
      'finished canceled PodDeleted',
    ],
    [
      'for want of memory',
      job(failedJob),
      [pod(ended(137, undefined, { because: 'OOMKilled' }))],
      'finished error OutOfMemory',
    ],
    [
      'for want of memory, and deleted since',
      job(failedJob),
      [pod(ended(137, undefined, { because: 'OOMKilled' }), deletedAt)],
      'finished error OutOfMemory',
    ],
    ['without a word', job(failedJob), [pod(ended(1))], 'finished error PodFailed'],
    [
      'with a word that is none',
      job(failedJob),
      [pod(ended(1, '{"version":1,"outcome":"successful"'))],
      'finished error PodFailed',
    ],
    [
      'because the image is none of ours',
      job(failedJob),
      [pod(ended(128, 'exec: "tini": not found', { because: 'StartError' }))],
      'finished error PodNotConfigurable',
    ],
    ['because its node did not take the pod', job(failedJob), [pod(refused)], 'finished error PodFailed'],
    ['and somebody took its pod away', job(failedJob), [], 'finished error PodDeleted'],
  ])('%s', (_, seen, pods, expected) => {
    expect(short(assessed(seen, pods))).toBe(expected);
  });

  test('tells when, with which exit code, and what the pod says', () => {
    const { state } = assessed(job(failedJob), [
      pod(ended(3, verdict('error', { exitCode: 250, message: 'no Ansible' }))),
    ]);
    expect(state).toEqual({
      state: 'finished',
      outcome: 'error',
      exitCode: 250,
      startedAt: new Date(at(10)),
      finishedAt: new Date(at(60)),
      message: 'no Ansible',
    });
  });

  test('tells the worst of its shards, and the first cause', () => {
    const several = job({ completions: 3, conditions: [condition('Failed', 'FailedIndexes')] });
    const good = pod(ended(0, verdict('successful')), { index: 0 });
    expect(
      short(
        assessed(several, [
          good,
          pod(ended(2, verdict('failed')), { index: 1 }),
          pod(ended(2, verdict('timeout')), { index: 2 }),
        ]),
      ),
    ).toBe('finished timeout');
    expect(
      short(
        assessed(several, [
          good,
          pod(ended(1), { index: 1 }),
          pod(ended(137, undefined, disrupted('EvictionByEvictionAPI')), { index: 2 }),
        ]),
      ),
    ).toBe('finished error PodFailed');
    expect(
      short(
        assessed({ ...several, status: { ...several.status, failedIndexes: '1-2' } }, [
          good,
          pod(ended(2, verdict('failed')), { index: 2 }),
        ]),
      ),
    ).toBe('finished error PodDeleted');
  });

  test('goes by the latest pod of a shard that began', () => {
    const done = job({ conditions: [condition('Complete')] });
    const first = pod(ended(137, undefined, disrupted('EvictionByEvictionAPI')), {
      name: 'first',
      uid: '1',
      creationTimestamp: at(1),
    });
    expect(
      short(assessed(done, [pod(ended(0, verdict('successful')), { uid: '2', creationTimestamp: at(70) }), first])),
    ).toBe('finished successful');
    const never = assessed(job(gaveUp), [
      first,
      pod(waiting('ImagePullBackOff'), { ...deletedAt, uid: '2', creationTimestamp: at(70) }, ''),
    ]);
    expect(never.shards[0]?.pod?.pod.metadata.name).toBe('first');
  });
});
