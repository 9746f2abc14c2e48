import { describe, expect, test } from 'vitest';

import { readConfig } from '../../../history/config.ts';

const file = { FLEETWRIGHT_HISTORY_FILE: '/var/lib/fleetwright/history.sqlite' };

describe('the settings of the recorder', () => {
  test('have values for all but the file', () => {
    expect(readConfig([], file)).toEqual({
      uninstall: false,
      kubeconfig: undefined,
      history: { file: '/var/lib/fleetwright/history.sqlite' },
      copyFrom: undefined,
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
    ).toMatchObject({ history: { file: '/tmp/h' }, retentionDays: 0 });
  });

  test('name a database with the files of its password and its authorities', () => {
    const url = 'postgres://recorder@db.example:5433/history';
    const files = { FLEETWRIGHT_HISTORY_PASSWORD_FILE: '/run/password', FLEETWRIGHT_HISTORY_CA_FILE: '/run/ca.crt' };
    expect(readConfig([`--history-url=${url}`, '--history-connections=9'], files)).toMatchObject({
      history: { url, passwordFile: '/run/password', caFile: '/run/ca.crt', connections: 9 },
    });
  });

  test.each([
    ['mysql://db/history', 'give it as postgres://USER@HOST:PORT/DATABASE'],
    ['db/history', 'give it as postgres://USER@HOST:PORT/DATABASE'],
    ['postgres://ann:secret@db', 'name the database'],
    ['postgres://ann:secret@db/history?sslmode=require', 'require checks no certificate'],
    ['postgres://ann:secret@db/history?ssl=0', 'remove ssl: only host, sslmode, options may stand after the ?'],
  ])('refuse the database %s, without showing a password', (url, message) => {
    const read = () => readConfig(['--history-url', url], {});
    expect(read).toThrow(message);
    expect(read).not.toThrow('secret');
  });

  test('name a file to copy only with the database that it goes into', () => {
    const from = '--copy-from=/old';
    expect(readConfig([from, '--history-url=postgres://db/history'], {})).toMatchObject({ copyFrom: '/old' });
    expect(() => readConfig([from], file)).toThrow('name the database to copy /old into');
  });

  test('name a file or a database, not both', () => {
    expect(() => readConfig(['--history-url=postgres://db/history'], file)).toThrow('exclude each other');
  });

  test('need no file to uninstall', () => {
    expect(readConfig(['--uninstall', '--namespace=ops'], {})).toMatchObject({
      uninstall: true,
      history: undefined,
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
