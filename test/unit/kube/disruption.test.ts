import { expect, test } from 'vitest';

import { evictPod, type Eviction } from '../../../kube/disruption.ts';
import { apiErrorFrom } from '../../../kube/errors.ts';
import type { Client } from '../../../kube/client.ts';

const pod = { namespace: 'shop', name: 'web-0', uid: 'u1' };

function isDryRun({ deleteOptions }: Eviction): boolean {
  return deleteOptions?.dryRun !== undefined;
}

/** An API server that answers evictions with these failures, one after the other, and then lets all pass. */
function server(...failures: readonly (readonly [code: number, status: object])[]) {
  const asked: Eviction[] = [];
  const left = failures.values();
  const client = {
    async create(_: unknown, eviction: Eviction) {
      asked.push(eviction);
      const failure = left.next().value;
      if (failure !== undefined)
        throw apiErrorFrom(failure[0], JSON.stringify({ kind: 'Status', ...failure[1] }), 'POST');
      return eviction;
    },
  } as unknown as Pick<Client, 'create'>;
  return { client, asked, dryRuns: () => asked.map(isDryRun) };
}

test('a pod whose name no other one gets is evicted by one call, by its UID', async () => {
  const { client, asked, dryRuns } = server();
  expect(await evictPod(client, pod, { nameReturns: false })).toEqual({ answer: 'accepted' });
  expect(dryRuns()).toEqual([false]);
  expect(asked[0]?.deleteOptions?.preconditions).toEqual({ uid: 'u1' });
});

test('a pod whose name may return is asked about by a dry run first', async () => {
  const { client, dryRuns } = server();
  expect(await evictPod(client, pod, { nameReturns: true })).toEqual({ answer: 'accepted' });
  expect(dryRuns()).toEqual([true, false]);
});

test('a dry run that meets a later pod of the name ends it: nothing of the budget is spent', async () => {
  const { client, dryRuns } = server([409, { reason: 'Conflict' }]);
  expect(await evictPod(client, pod, { nameReturns: true })).toEqual({ answer: 'gone' });
  expect(dryRuns()).toEqual([true]);
});

const refusals = [
  [429, { details: { causes: [{ reason: 'DisruptionBudget' }] }, message: 'full' }, false],
  [500, { message: 'This pod has more than one PodDisruptionBudget, which …' }, true],
  [403, { reason: 'Forbidden', details: { causes: [{ reason: 'NamespaceTerminating' }] }, message: 'ends' }, false],
  [403, { reason: 'Forbidden', message: 'no right' }, true],
  [422, { reason: 'Invalid', message: 'a policy' }, true],
] as const;

test.each(refusals)('a refusal with %i (%j) is lasting: %s', async (code, status, lasting) => {
  const { client } = server([code, status]);
  expect(await evictPod(client, pod, { nameReturns: false })).toEqual({
    answer: 'refused',
    lasting,
    message: status.message,
  });
});

test('a pod that is gone is gone', async () => {
  expect(await evictPod(server([404, {}]).client, pod, { nameReturns: false })).toEqual({ answer: 'gone' });
});

test('a server that fails for another reason has decided nothing', async () => {
  const { client } = server([500, { message: 'etcd is away' }]);
  await expect(evictPod(client, pod, { nameReturns: false })).rejects.toThrow('etcd is away');
});
