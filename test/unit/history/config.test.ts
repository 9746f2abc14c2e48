import { describe, expect, test } from 'vitest';

import { readConfig } from '../../../history/config.ts';

const file = { FLEETWRIGHT_HISTORY_FILE: '/var/lib/fleetwright/history.sqlite' };

describe('the settings of the recorder', () => {
  test('have values for all but the file', () => {
    expect(readConfig([], file)).toEqual({
      uninstall: false,
      kubeconfig: undefined,
      historyFile: '/var/lib/fleetwright/history.sqlite',
      namespace: 'fleetwright-system',
      watchNamespace: undefined,
      retentionDays: 365,
      leaderElection: true,
      leaseDurationSeconds: 15,
      healthHost: '127.0.0.1',
      healthPort: 8083,
      logLevel: 'info',
    });
  });

  test('come from flags before variables', () => {
    expect(
      readConfig(['--history-file=/tmp/h', '--history-retention-days', '0'], {
        ...file,
        FLEETWRIGHT_HISTORY_RETENTION_DAYS: '7',
      }),
    ).toMatchObject({ historyFile: '/tmp/h', retentionDays: 0 });
  });

  test('need no file to uninstall', () => {
    expect(readConfig(['--uninstall', '--namespace=ops'], {})).toMatchObject({
      uninstall: true,
      historyFile: '',
      namespace: 'ops',
    });
  });

  test.each([
    [[], {}, '--history-file (FLEETWRIGHT_HISTORY_FILE) is not set: name the SQLite file to record to'],
    [
      ['--history-retention-days=-1'],
      file,
      '--history-retention-days (FLEETWRIGHT_HISTORY_RETENTION_DAYS) is "-1": give a whole number from 0 to 36500',
    ],
    [['--health-port=http'], file, '--health-port (FLEETWRIGHT_HEALTH_PORT) is "http"'],
    [['--keep'], file, "Unknown option '--keep'"],
  ])('%j are refused with what to write', (args, env, message) => {
    expect(() => readConfig(args, env)).toThrow(message);
  });

  test('are told by --help, --uninstall included', () => {
    expect(readConfig(['--help'], {})).toMatch(
      /--uninstall[\s\S]*FLEETWRIGHT_HISTORY_FILE[\s\S]*FLEETWRIGHT_HISTORY_RETENTION_DAYS/,
    );
  });
});
