import { expect, test } from 'vitest';

import { pack, unpack } from '../../../../history/storage/packing.ts';
import { endedAt, task } from '../samples.ts';

test('what is packed comes back, much smaller in between', () => {
  const given = task(1, {}, endedAt('2026-11-21T12:00:09Z'));
  const packed = pack(given);
  expect(unpack(packed)).toEqual(given);
  expect(packed.length).toBeLessThan(JSON.stringify(given).length / 3);
});

test('what the first release packed can be read for ever', () => {
  const first = 'AauGl0zIORqpuMgoTYLWKog8ji2wEAFuDKlNkHIhroAE2g8A';
  expect(unpack(Buffer.from(first, 'base64'))).toEqual({
    spec: { user: 'root', source: 'hubble' },
    status: { phase: 'Succeeded', message: '3 hosts changed', run: { executor: 'local' } },
  });
});

test('what a later release packed is refused, not misread', () => {
  expect(() => unpack(Uint8Array.of(2, 1, 2, 3))).toThrow('a later release of Fleetwright has written it');
});
