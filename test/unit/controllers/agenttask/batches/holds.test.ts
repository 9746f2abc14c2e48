import { describe, expect, test } from 'vitest';

import { holdsUp } from '../../../../../controllers/agenttask/batches/holds.ts';
import type { Judgement } from '../../../../../controllers/agenttask/batches/judgement.ts';
import type {
  AgentTaskBatch,
  AgentTaskHost,
  AgentTaskRolloutFailureLimit,
} from '../../../../../crds/types/agenttask.ts';

type Results = readonly AgentTaskHost['result'][];

function ended(results: Results, batch: Partial<AgentTaskBatch> = {}): Judgement {
  const hosts = results.map((result, index) => ({ name: `h${index}`, result }));
  const names = hosts.map(({ name }) => name);
  const good = batch.reason === undefined && results.every((result) => result === 'ok');
  return {
    batch: { number: 1, hosts: names, phase: good ? 'Succeeded' : 'PartlySucceeded', reason: 'HostsFailed', ...batch },
    settled: true,
    good,
    hosts,
  };
}

const ten = (...bad: Results): Results => [...bad, ...Array.from({ length: 10 - bad.length }, () => 'ok' as const)];

describe('a batch holds up the next one', () => {
  test.each<[string, Judgement, AgentTaskRolloutFailureLimit | undefined, boolean]>([
    ['not when all is well', ended(ten()), undefined, false],
    ['not before it has ended', { ...ended(ten('failed')), settled: false }, undefined, false],
    ['when one host failed', ended(ten('failed')), undefined, true],
    ['when the content left a host out', ended(ten('notRun')), undefined, true],
    ['not when as many failed as the limit says', ended(ten('failed', 'notRun')), { failed: 2 }, false],
    ['when one more did', ended(ten('failed', 'failed', 'failed')), { failed: 2 }, true],
    ['not within a part of its hosts', ended(ten('failed', 'failed')), { failed: '20%' }, false],
    ['when the part, rounded down, is less', ended(ten('failed', 'failed')), { failed: '19%' }, true],
    ['when a host is unreachable, whatever may fail', ended(ten('unreachable')), { failed: '100%' }, true],
    ['not when as many are unreachable as may be', ended(ten('unreachable')), { unreachable: 1 }, false],
    ['when one failed and none may, whoever may be unreachable', ended(ten('failed')), { unreachable: 5 }, true],
    [
      'when its run was cut off, whatever the limit',
      ended(ten('notRun'), { reason: 'TimedOut' }),
      { failed: 10 },
      true,
    ],
    ['when nothing went wrong on any host, yet it failed', ended(ten(), { reason: 'ContentFailed' }), undefined, true],
    ['not when each bad host was set aside', ended(ten('failed'), { skipped: ['h0'] }), undefined, false],
    ['when another one was', ended(ten('failed', 'failed'), { skipped: ['h0'] }), undefined, true],
    [
      'not when what is left is within the limit',
      ended(ten('failed', 'failed'), { skipped: ['h0'] }),
      { failed: 1 },
      false,
    ],
    [
      'not when a run that was cut off was set aside as a whole',
      ended(['notRun'], { reason: 'RunLost', skipped: ['h0'] }),
      undefined,
      false,
    ],
  ])('%s', (_what, judgement, failureLimit, expected) => {
    expect(holdsUp(judgement, failureLimit === undefined ? {} : { failureLimit })).toBe(expected);
  });
});
