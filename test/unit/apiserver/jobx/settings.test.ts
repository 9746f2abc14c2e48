import { expect, test } from 'vitest';

import { jobxSettings, readJobxSettings, type JobxConfig } from '../../../../apiserver/jobx/settings.ts';
import { readSettings } from '../../../../kube/flags.ts';

function config(env: Readonly<Record<string, string>>, withHistory = false): JobxConfig {
  const read = readSettings('jobx', jobxSettings, [], env);
  if (typeof read === 'string') throw new Error('nobody asked for help');
  return readJobxSettings(read, { withHistory });
}

test('there is no project, and no Secret, unless they are named', () => {
  expect(config({})).toEqual({
    mode: 'documented',
    projects: new Map(),
    credentialsSecret: undefined,
    ttlSeconds: undefined,
  });
});

test('projects have a namespace each', () => {
  const { projects, mode } = config({
    FLEETWRIGHT_JOBX_PROJECTS: '1=team-a, 22=team-b',
    FLEETWRIGHT_JOBX_MODE: 'original',
  });
  expect([...projects]).toEqual([
    ['1', 'team-a'],
    ['22', 'team-b'],
  ]);
  expect(mode).toBe('original');
});

test.each<[string | undefined, boolean, number | undefined]>([
  [undefined, true, 604_800],
  [undefined, false, undefined],
  ['never', true, undefined],
  ['60', true, 60],
  ['0', false, 0],
])('tasks that have ended are deleted by the setting %j, with a history: %s', (ttl, withHistory, seconds) => {
  const env = ttl === undefined ? {} : { FLEETWRIGHT_JOBX_TTL_SECONDS: ttl };
  expect(config(env, withHistory).ttlSeconds).toBe(seconds);
});

test.each<[Readonly<Record<string, string>>, string]>([
  [{ FLEETWRIGHT_JOBX_PROJECTS: '1=team-a,1=team-b' }, 'give each project once'],
  [{ FLEETWRIGHT_JOBX_PROJECTS: 'a=team-a' }, 'give each project once'],
  [{ FLEETWRIGHT_JOBX_MODE: 'both' }, 'give one of documented, original'],
  [{ FLEETWRIGHT_JOBX_TTL_SECONDS: 'soon' }, 'give a whole number from 0 to 31536000, or never'],
  [{ FLEETWRIGHT_JOBX_CREDENTIALS_SECRET: 'SSH Key' }, 'is "SSH Key"'],
])('%j is refused', (env, message) => {
  expect(() => config(env)).toThrow(message);
});
