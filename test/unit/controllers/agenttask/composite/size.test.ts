import { expect, test } from 'vitest';

import { refuseWhatIsTooLarge } from '../../../../../controllers/agenttask/composite/size.ts';
import type { AgentTaskSpec } from '../../../../../crds/types/agenttask.ts';
import type { ObjectMeta } from '../../../../../kube/objects.ts';
import { family, splitTask } from '../../../../harness/agenttask/family.ts';
import { now } from '../../../../harness/agenttask/observed.ts';

const hosts = (count: number, length: number): string[] =>
  Array.from({ length: count }, (_, index) => String(index).padStart(length, 'h'));

function refusal(spec: AgentTaskSpec, metadata: Partial<ObjectMeta> = {}): string | undefined {
  return refuseWhatIsTooLarge(family(splitTask(spec, {}, metadata), []), now)?.status?.message;
}

test('a thousand hosts of common names with 60 KB of content may be split', () => {
  expect(refusal({ hosts: hosts(1000, 60), content: 'x'.repeat(60_000) })).toBeUndefined();
});

test('a hundred hosts with the largest content may be split', () => {
  expect(refusal({ hosts: hosts(100, 60), content: 'x'.repeat(524_288) })).toBeUndefined();
});

test('what would fill the API server’s storage is refused, with what to do instead', () => {
  expect(refusal({ hosts: hosts(1000, 20), content: 'x'.repeat(524_288) })).toBe(
    "spec.content: split over 1000 hosts it would take 500 MiB of the API server's storage, more than 64; " +
      'put it into an AgentJob and name that in jobRef, or name fewer hosts',
  );
});

test('variables count as content does', () => {
  expect(refusal({ hosts: hosts(1000, 20), content: '- ping:', variables: { a: 'x'.repeat(100_000) } })).toContain(
    'it would take 95 MiB',
  );
});

test('hosts whose results would not fit into one object are refused', () => {
  // As kubectl apply keeps it.
  const copy = { annotations: { copy: 'x'.repeat(240_000) } };
  expect(refusal({ hosts: hosts(1000, 253) }, copy)).toBe(
    'spec.hosts: with 1000 hosts and this content the results would not fit into one object; ' +
      'name fewer hosts, or put the content into an AgentJob and name that in jobRef',
  );
});
