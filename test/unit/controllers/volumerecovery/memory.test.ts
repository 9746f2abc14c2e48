import { describe, expect, test } from 'vitest';

import { CallMemory } from '../../../../controllers/volumerecovery/memory.ts';
import type { VolumeRecovery, VolumeRecoveryRequest } from '../../../../crds/types/volumerecovery.ts';
import { volumeRecovery } from '../../../harness/volumerecovery/objects.ts';

const at = '2026-01-01T00:00:01Z';
const now = new Date('2026-01-01T00:00:02Z');

function recorded(calls: CallMemory, call: VolumeRecoveryRequest['call'], by = calls.instance): VolumeRecovery {
  const { metadata, ...recovery } = volumeRecovery('db');
  return { ...recovery, metadata: { ...metadata, uid: 'u-1' }, status: { request: { call, at, by } } };
}

describe('a call that is recorded', () => {
  test('is to be made by the process that recorded it, until that makes it', () => {
    const calls = new CallMemory();
    const recovery = recorded(calls, 'CreateVolume');
    expect(calls.stateOf(recovery, 'CreateVolume', now)).toBe('toBeMade');
    calls.making(recovery);
    expect(calls.stateOf(recovery, 'CreateVolume', now)).toBe('mayBeMade');
  });

  test('may be made for all that another process knows, until it can take effect no more', () => {
    const calls = new CallMemory(120_000);
    const recovery = recorded(calls, 'Restore', 'another');
    expect(calls.stateOf(recovery, 'Restore', now)).toBe('mayBeMade');
    expect(calls.stateOf(recovery, 'Restore', new Date('2026-01-01T00:02:01Z'))).toBe('none');
  });

  test('is known from another one that was recorded within the same second', () => {
    const calls = new CallMemory();
    calls.making(recorded(calls, 'CreateVolume'));
    expect(calls.stateOf(recorded(calls, 'Restore'), 'Restore', now)).toBe('toBeMade');
  });

  test('says nothing of other calls', () => {
    const calls = new CallMemory();
    expect(calls.stateOf(recorded(calls, 'CreateVolume'), 'Restore', now)).toBe('none');
  });
});
