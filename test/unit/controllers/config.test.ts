import { describe, expect, test } from 'vitest';

import { readConfig, type ControllerConfig } from '../../../controllers/config.ts';
import { kinds } from '../../../controllers/kinds.ts';
import { ConfigError } from '../../../kube/flags.ts';

function read(args: readonly string[], env: NodeJS.ProcessEnv = {}): ControllerConfig {
  const config = readConfig(args, env);
  if (typeof config === 'string') throw new Error('help instead of a configuration');
  return config;
}

describe('readConfig', () => {
  test('has a default for everything', () => {
    expect(read([])).toEqual({
      kubeconfig: undefined,
      namespace: 'fleetwright-system',
      watchNamespace: undefined,
      leaderElection: true,
      leaseDurationSeconds: 15,
      healthHost: '127.0.0.1',
      healthPort: 8081,
      logLevel: 'info',
      kinds: kinds.map(({ name }) => expect.objectContaining({ name })),
    });
  });

  test('no two kinds have a setting of one flag or variable, nor one that all kinds go by', () => {
    const help = readConfig(['--help'], {});
    if (typeof help !== 'string') throw new Error('a configuration instead of the help');
    const flags = kinds.flatMap(({ settings }) => Object.keys(settings));
    const variables = kinds.flatMap(({ settings }) => Object.values(settings).map(({ variable }) => variable));
    expect(new Set(flags).size).toBe(flags.length);
    expect(new Set(variables).size).toBe(variables.length);
    for (const variable of variables) expect(help.split(`or ${variable}\n`)).toHaveLength(2);
  });

  test('lets a flag win over its variable, and takes an empty variable for none', () => {
    expect(read(['--health-port', '3'], { FLEETWRIGHT_HEALTH_PORT: '4' }).healthPort).toBe(3);
    expect(read([], { FLEETWRIGHT_HEALTH_PORT: '4', FLEETWRIGHT_LOG_LEVEL: '' })).toMatchObject({
      healthPort: 4,
      logLevel: 'info',
    });
    expect(read(['--leader-election=false']).leaderElection).toBe(false);
  });

  test.each<readonly [readonly string[], NodeJS.ProcessEnv, string]>([
    [['--max-runs', '0'], {}, '--max-runs (FLEETWRIGHT_MAX_RUNS) is "0": give a whole number from 1 to 1000'],
    [['--max-runs', '1001'], {}, '--max-runs (FLEETWRIGHT_MAX_RUNS) is "1001": give a whole number from 1 to 1000'],
    [
      [],
      { FLEETWRIGHT_MAX_RUNS: 'many' },
      '--max-runs (FLEETWRIGHT_MAX_RUNS) is "many": give a whole number from 1 to 1000',
    ],
    [
      ['--health-port=1e3'],
      {},
      '--health-port (FLEETWRIGHT_HEALTH_PORT) is "1e3": give a whole number from 0 to 65535',
    ],
    [
      ['--lease-duration-seconds=2'],
      {},
      '--lease-duration-seconds (FLEETWRIGHT_LEASE_DURATION_SECONDS) is "2": give a whole number from 3 to 600',
    ],
    [
      ['--max-output-bytes=100'],
      {},
      '--max-output-bytes (FLEETWRIGHT_MAX_OUTPUT_BYTES) is "100": give a whole number from 65536 to 9007199254740991',
    ],
    [
      ['--executors=pods'],
      {},
      '--executors (FLEETWRIGHT_EXECUTORS) is "pods": give job, local, or both with a comma between them',
    ],
    [
      ['--executors=local,local'],
      {},
      '--executors (FLEETWRIGHT_EXECUTORS) is "local,local": give job, local, or both with a comma between them',
    ],
    [
      [],
      { FLEETWRIGHT_EXECUTORS: 'job' },
      '--job-image (FLEETWRIGHT_JOB_IMAGE) is not set: name the runner image, or give --executors local',
    ],
    [
      ['--leader-election=yes'],
      {},
      '--leader-election (FLEETWRIGHT_LEADER_ELECTION) is "yes": give one of true, false',
    ],
    [
      [],
      { FLEETWRIGHT_LOG_LEVEL: 'loud' },
      '--log-level (FLEETWRIGHT_LOG_LEVEL) is "loud": give one of trace, debug, info, warn, error, fatal, silent',
    ],
  ])('refuses %j %j, names flag and variable and says what to write', (args, env, message) => {
    expect(() => readConfig(args, env)).toThrow(new ConfigError(message));
  });

  test.each([
    [['--max-run', '3'], '--max-run'],
    [['surplus'], 'surplus'],
    [['--max-runs'], '--max-runs'],
  ] as const)('names what it does not understand in %j', (args, what) => {
    expect(() => readConfig(args, {})).toThrow(ConfigError);
    expect(() => readConfig(args, {})).toThrow(what);
    expect(() => readConfig(args, {})).toThrow('See --help.');
  });

  test.each(['--help', '-h'])('explains every flag and variable for %s', (flag) => {
    const help = readConfig([flag], {});
    expect(help).toContain('--max-runs N');
    expect(help).toContain('FLEETWRIGHT_MAX_RUNS');
    expect(help).toContain('[10]');
  });
});
