import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { poolConfig, shownPlace } from '../../../../history/postgres/place.ts';

const common = { connections: 3 };

test('a password is taken from its file for each connection, and is shown nowhere', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fleetwright-place-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const passwordFile = join(folder, 'password');
  const place = { ...common, url: 'postgres://ann:old@db.example:5433/history', passwordFile };
  const { password } = await poolConfig(place, 1000);
  const shown = async (): Promise<unknown> => (typeof password === 'function' ? password() : password);
  await writeFile(passwordFile, 'first\n');
  expect(await shown()).toBe('first');
  await writeFile(passwordFile, 'second');
  expect(await shown()).toBe('second');
  await rm(passwordFile);
  await expect(shown()).rejects.toMatchObject({ code: 'HISTORY_REFUSED' });
  expect(shownPlace(place)).toBe('postgres://ann@db.example:5433/history');
});

test.each([
  ['postgres://ann:p%40ss@db.example/history', { host: 'db.example', user: 'ann', password: 'p@ss', tls: true }],
  ['postgresql://ann@[::1]:5433/history?sslmode=verify-full', { host: '::1', port: 5433, user: 'ann', tls: true }],
  ['postgres://ann@db/history?sslmode=disable', { host: 'db', user: 'ann', tls: false }],
  ['postgres:///history?host=/run/postgresql', { host: '/run/postgresql', tls: false }],
  ['postgres://db/history?options=-csearch_path%3Dfleet', { host: 'db', options: '-csearch_path=fleet', tls: true }],
])('%s is understood', async (url, expected) => {
  const { host, port, user, password, options, ssl, database } = await poolConfig({ ...common, url }, 1000);
  const found = { host, port, user, password, options };
  const known = Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
  expect({ ...known, tls: ssl !== false }).toEqual(expected);
  expect(database).toBe('history');
});
