import { expect, test } from 'vitest';
import { mergeResults } from '../../../../../../controllers/agenttask/executors/job/merge.ts';
import { assessed, condition, disrupted, ended, job, ok, pod, verdict, waiting } from './pictures.ts';

const hosts = ['a', 'b', 'c', 'd', 'e'];
const none = { ok: 0, changed: 0, failed: 0, skipped: 0, unreachable: 0 };

test('each pod tells of its share of the hosts, the last one of the rest', () => {
  const done = job({ completions: 3, conditions: [condition('Failed', 'FailedIndexes')] });
  const { shards } = assessed(done, [
    pod(
      ended(2, verdict('failed', { hosts: [['unreachable', 0, 0, 0, 0, 1, 'no route'], ok], message: 'not needed' })),
      { index: 2 },
    ),
    pod(ended(0, verdict('successful', { hosts: [['changed', 3, 2, 0, 1, 0], ok] })), { index: 0 }),
    pod(ended(0, verdict('successful', { hosts: [['skipped', 0, 0, 0, 4, 0], ok] })), { index: 1 }),
  ]);
  const six = mergeResults([...hosts, 'f'], 2, shards);
  expect(six.hosts.map(({ name, result }) => `${name} ${result}`)).toEqual([
    'a changed',
    'b ok',
    'c skipped',
    'd ok',
    'e unreachable',
    'f ok',
  ]);
  expect(six.hosts[0]?.counts).toEqual({ ok: 3, changed: 2, failed: 0, skipped: 1, unreachable: 0 });
  expect(six.hosts[4]).toEqual({
    name: 'e',
    result: 'unreachable',
    counts: { ...none, unreachable: 1 },
    message: 'no route',
  });
  expect(six).not.toHaveProperty('message');
});

test('hosts of a pod without a result have failed, and know which; those of one that never began have not run', () => {
  const done = job({ completions: 3, conditions: [condition('Failed', 'FailedIndexes')], failedIndexes: '2' });
  const { shards } = assessed(done, [
    pod(ended(137, undefined, disrupted('EvictionByEvictionAPI')), { index: 0 }),
    pod({ ...waiting('ErrImagePull'), phase: 'Failed' }, { index: 1 }),
  ]);
  expect(mergeResults(hosts, 2, shards).hosts).toEqual([
    ...['a', 'b'].map((name) => ({
      name,
      result: 'failed',
      counts: { ...none, failed: 1 },
      message: 'pod ns/run-1-0-x on node n1 was lost (PodEvicted); what it did here is not known',
    })),
    { name: 'c', result: 'notRun', counts: none },
    { name: 'd', result: 'notRun', counts: none },
    {
      name: 'e',
      result: 'failed',
      counts: { ...none, failed: 1 },
      message: 'its pod is gone; what it did here is not known',
    },
  ]);
});

test('a result for other hosts than the pod was given is not believed', () => {
  const { shards } = assessed(job({ conditions: [condition('Complete')] }), [
    pod(ended(0, verdict('successful', { hosts: [ok] }))),
  ]);
  expect(mergeResults(['a', 'b'], 2, shards).hosts[1]).toMatchObject({
    result: 'failed',
    message: expect.stringContaining('does not fit its hosts'),
  });
});

test('what a pod says of the whole is told where no host explains it', () => {
  const { shards } = assessed(job({ conditions: [condition('Failed')] }), [
    pod(ended(2, verdict('failed', { hosts: [['notRun', 0, 0, 0, 0, 0]], message: 'Line 1: no such module' }))),
  ]);
  expect(mergeResults(['a'], 1, shards).message).toBe('Line 1: no such module');
});

test('who was not brought to the end and what failed elsewhere is told for the whole', () => {
  const done = job({ completions: 3, conditions: [condition('Failed', 'FailedIndexes')] });
  const elsewhere = 'localhost: Task "Tell": no answer';
  const { shards } = assessed(done, [
    pod(ended(0, verdict('successful', { hosts: [ok, ['notRun', 0, 0, 0, 0, 0]], unfinished: [1] })), { index: 0 }),
    pod(ended(2, verdict('failed', { hosts: [ok, ok], elsewhere })), { index: 1 }),
    pod(ended(0, verdict('successful', { hosts: [['notRun', 0, 0, 0, 0, 0]], unmatched: true })), { index: 2 }),
  ]);
  const merged = mergeResults(hosts, 2, shards);
  expect(merged.hosts.filter(({ unfinished }) => unfinished).map(({ name }) => name)).toEqual(['b']);
  expect(merged).toMatchObject({ elsewhere });
  // Plays of the other pods do select their hosts.
  expect(merged).not.toHaveProperty('unmatched');
});

test('content that one pod refused was refused, and one that matches nowhere matches nobody', () => {
  const done = job({ completions: 2, conditions: [condition('Failed', 'FailedIndexes')] });
  const refused = assessed(done, [
    pod(ended(0, verdict('successful', { hosts: [ok] })), { index: 0 }),
    pod(ended(4, verdict('failed', { hosts: [ok], uncounted: true, message: 'no role x' })), { index: 1 }),
  ]);
  expect(mergeResults(['a', 'b'], 1, refused.shards)).toMatchObject({ uncounted: true, message: 'no role x' });
  const nowhere = verdict('successful', { hosts: [['notRun', 0, 0, 0, 0, 0]], unmatched: true });
  const matched = assessed(done, [pod(ended(0, nowhere), { index: 0 }), pod(ended(0, nowhere), { index: 1 })]);
  expect(mergeResults(['a', 'b'], 1, matched.shards)).toMatchObject({ unmatched: true });
});
