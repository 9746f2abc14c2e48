import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { agentTaskHistory } from '../../../../history/agenttask/kind.ts';
import { kinds } from '../../../../history/kinds.ts';
import { openPostgresHistory } from '../../../../history/postgres.ts';
import { migrate } from '../../../../history/postgres/migrate.ts';
import type { PostgresPlace } from '../../../../history/postgres/place.ts';
import { PostgresServer } from '../../../postgres/server.ts';
import { newPair } from '../../../tls/certificates.ts';
import { complete, endedAt, find, historyPath, task } from '../../../unit/history/samples.ts';
import { databaseOf, describeWithPostgres, openIn } from './opened.ts';

const pair = newPair('postgres');
const ended = task(1, {}, endedAt('2026-11-21T12:00:09Z'));

function checked(place: PostgresPlace): PostgresPlace {
  return { ...place, url: place.url.replace('sslmode=disable&', '') };
}

describeWithPostgres('a history in PostgreSQL', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start({ tls: pair });
  });
  afterAll(() => server.close());

  test('is made once by many that start at the same time', async () => {
    const place = await server.newPlace();
    const stores = await Promise.all(
      Array.from({ length: 8 }, (_, index) => openIn(place, { readOnly: index % 2 === 1 })),
    );
    await Promise.all(stores.filter((_, index) => index % 2 === 0).map((store) => complete(store, ended)));
    for (const store of stores) expect((await find(store, 1))?.complete).toBe(true);
    expect(await server.query('SELECT version FROM version', place)).toEqual([{ version: 1 }]);
  });

  test('is brought to the next form by one of two that start at once, wholly or not at all', async () => {
    const place = await server.newPlace();
    const first = ['CREATE TABLE record (key bigint PRIMARY KEY)'];
    const next = [...first, 'CREATE TABLE b (x integer); INSERT INTO b VALUES (1)'];
    const two = [await databaseOf(place), await databaseOf(place)] as const;
    await Promise.all(two.map((each) => migrate(each, [], first)));
    await expect(migrate(two[0], [], [...next, 'CREATE TABLE c (x integer); SELECT nothing'])).rejects.toThrow(
      'nothing',
    );
    expect(await server.query('SELECT version FROM version', place)).toEqual([{ version: 1 }]);
    await Promise.all(two.map((each) => migrate(each, [], next)));
    expect(await server.query('SELECT version FROM version ORDER BY version', place)).toEqual([
      { version: 1 },
      { version: 2 },
    ]);
    expect(await server.query('SELECT x FROM b', place)).toEqual([{ x: 1 }]);
  });

  test('of a later release is refused, and stays as it is', async () => {
    const place = await server.newPlace();
    await openIn(place);
    await server.query('INSERT INTO version (version) VALUES (1000)', place);
    for (const readOnly of [true, false])
      await expect(openPostgresHistory(place, { readOnly })).rejects.toMatchObject({
        code: 'HISTORY_NEWER',
        message: expect.stringContaining('version 1000'),
      });
  });

  test('may be read by who may do nothing else, and is made by nobody without the right', async () => {
    const place = await server.newPlace();
    const schema = new URL(place.url).searchParams.get('options')?.split('=')[1] ?? '';
    const reader = `reader_${schema}`;
    const passwordFile = join(dirname(await historyPath()), 'password');
    await writeFile(passwordFile, 'secret');
    await server.query(`CREATE ROLE ${reader} LOGIN PASSWORD 'secret'; GRANT USAGE ON SCHEMA ${schema} TO ${reader}`);
    const limited = { ...place, url: place.url.replace('fleetwright@', `${reader}@`), passwordFile };
    await expect(openPostgresHistory(limited, { readOnly: true })).rejects.toMatchObject({
      code: 'HISTORY_NOT_WRITABLE',
      message: expect.stringContaining('let the user own the tables'),
    });
    await complete(await openIn(place), ended);
    await server.query(`GRANT SELECT ON ALL TABLES IN SCHEMA ${schema} TO ${reader}`);
    expect((await find(await openIn(limited, { readOnly: true }), 1))?.complete).toBe(true);
  });

  describe('by TLS', () => {
    test('is reached where the certificate is from an authority that was given', async () => {
      const caFile = join(dirname(await historyPath()), 'ca.crt');
      await writeFile(caFile, pair.certificate);
      const place = await server.newPlace();
      await complete(await openIn({ ...checked(place), caFile }), ended);
      const rows = await server.query(
        `SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
         WHERE application_name = 'fleetwright' AND client_port > 0`,
      );
      expect(rows).toContainEqual({ ssl: true });
    });

    test('is not where it is from another one, or there is none', async () => {
      const place = await server.newPlace();
      await expect(openPostgresHistory(checked(place))).rejects.toMatchObject({
        code: 'HISTORY_REFUSED',
        message: expect.stringContaining("give the authority's certificate"),
      });
      const plain = await PostgresServer.start();
      onTestFinished(() => plain.close());
      await expect(openPostgresHistory(checked(await plain.newPlace()))).rejects.toMatchObject({
        code: 'HISTORY_REFUSED',
        message: expect.stringContaining('does not support SSL'),
      });
    });
  });

  test('tells a wrong password, and a database that is not there, from a server that is away', async () => {
    const place = await server.newPlace();
    const passwordFile = join(dirname(await historyPath()), 'password');
    await writeFile(passwordFile, 'wrong');
    await expect(openPostgresHistory({ ...place, passwordFile })).rejects.toMatchObject({ code: 'HISTORY_REFUSED' });
    const nowhere = { ...place, url: place.url.replace('/postgres?', '/nowhere?') };
    await expect(openPostgresHistory(nowhere)).rejects.toMatchObject({
      code: 'HISTORY_REFUSED',
      message: expect.stringContaining('let user, password and database be those that the server knows'),
    });
  });

  test('keeps what a host has said, whatever that is', async () => {
    const store = await openIn(await server.newPlace());
    const message = 'nul \0, half \uD800 a letter, "quoted", {braces}, back\\slash and NULL';
    await store.complete(agentTaskHistory, ended, { step: [{ host: 'NULL', message }, { host: '' }] }, []);
    const rows = await store.rows(agentTaskHistory, 'step', [ended.metadata.uid ?? '']);
    expect(rows.map(({ row }) => row)).toEqual([
      { host: 'NULL', message: message.replace('\0', '\uFFFD').replace('\uD800', '\uFFFD') },
      { host: '' },
    ]);
  });

  test('has the tables of every kind', async () => {
    const place = await server.newPlace();
    await openIn(place);
    await expect(migrate(await databaseOf(place), kinds)).resolves.toBeUndefined();
    const size = await (await openIn(place, { readOnly: true })).size();
    expect(size).toBeGreaterThan(10_000);
  });
});
