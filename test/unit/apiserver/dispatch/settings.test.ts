import { describe, expect, test } from 'vitest';

import {
  dispatchSettings,
  readDispatchSettings,
  type DispatchConfig,
} from '../../../../apiserver/dispatch/settings.ts';
import { readSettings } from '../../../../kube/flags.ts';

function configured(env: NodeJS.ProcessEnv, withHistory = false): DispatchConfig {
  const read = readSettings('none', dispatchSettings, [], env);
  if (typeof read === 'string') throw new Error('nobody asked for help');
  return readDispatchSettings(read, { withHistory });
}

describe('the settings of the dispatch API', () => {
  test('need nothing, and then nothing is open', () => {
    expect(configured({})).toEqual({
      namespace: 'default',
      mode: 'documented',
      openAs: undefined,
      ttlSeconds: undefined,
      timeoutSeconds: undefined,
      credentialsSecret: undefined,
    });
  });

  test('let callers without a token in as the given user only', () => {
    expect(configured({ FLEETWRIGHT_DISPATCH_OPEN_AS_USER: 'anybody' }).openAs).toEqual({
      user: 'anybody',
      groups: [],
    });
  });

  test('limit how long runs may take', () => {
    expect(configured({ FLEETWRIGHT_DISPATCH_TIMEOUT_SECONDS: '600' }).timeoutSeconds).toBe(600);
    expect(() => configured({ FLEETWRIGHT_DISPATCH_TIMEOUT_SECONDS: '0' })).toThrow(
      '--dispatch-timeout-seconds (FLEETWRIGHT_DISPATCH_TIMEOUT_SECONDS) is "0": give a whole number from 1 to 604800',
    );
  });

  test('name the Secret of the tasks', () => {
    expect(configured({ FLEETWRIGHT_DISPATCH_CREDENTIALS_SECRET: 'ssh-key' }).credentialsSecret).toBe('ssh-key');
  });

  test.each([
    [{}, false, undefined],
    [{}, true, 86_400],
    [{ FLEETWRIGHT_DISPATCH_TTL_SECONDS: 'never' }, true, undefined],
    [{ FLEETWRIGHT_DISPATCH_TTL_SECONDS: '0' }, true, 0],
    [{ FLEETWRIGHT_DISPATCH_TTL_SECONDS: '60' }, false, 60],
  ])('%j, with a history: %j, keep finished tasks for %j seconds', (env, withHistory, ttlSeconds) => {
    expect(configured(env, withHistory).ttlSeconds).toBe(ttlSeconds);
  });
});
