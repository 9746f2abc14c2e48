import { describe, expect, test } from 'vitest';

import { Commits } from '../../../../history/sqlite/commits.ts';
import { Database } from '../../../../history/sqlite/database.ts';
import { historyPath } from '../samples.ts';

async function table(): Promise<{
  readonly database: Database;
  readonly commits: Commits;
  readonly rows: () => readonly unknown[];
}> {
  const database = new Database(await historyPath(), false);
  database.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (x TEXT)');
  return {
    database,
    commits: new Commits(database),
    rows: () => database.all('SELECT substr(x, 1, 5) AS x FROM t').map(({ x }) => x),
  };
}

const insert = (database: Database, value: string) => (): number => database.run('INSERT INTO t VALUES (?)', value);

describe('calls that share a commit', () => {
  test('are each done wholly or not at all', async () => {
    const { database, commits, rows } = await table();
    const failing = (): void => {
      insert(database, 'half')();
      throw new Error('failed half-way');
    };
    const results = await Promise.allSettled([
      commits.run(insert(database, 'one')),
      commits.run(failing),
      commits.run(insert(database, 'two')),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(rows()).toEqual(['one', 'two']);
  });

  test('are all told when the disk is full, and none of them was done', async () => {
    const { database, commits, rows } = await table();
    database.exec('PRAGMA max_page_count = 8');
    const results = await Promise.allSettled([
      commits.run(insert(database, 'small')),
      commits.run(insert(database, 'large'.repeat(20_000))),
    ]);
    expect(results[1]).toMatchObject({ status: 'rejected', reason: { code: 'HISTORY_DISK_FULL' } });
    // What was answered as done is there, and nothing else is.
    expect(rows()).toEqual(results[0]?.status === 'fulfilled' ? ['small'] : []);
    database.exec('PRAGMA max_page_count = 1000');
    await commits.run(insert(database, 'later'));
    expect(rows()).toContain('later');
  });

  test('may be more than one commit takes', async () => {
    const { database, commits, rows } = await table();
    await Promise.all(Array.from({ length: 250 }, (_, number) => commits.run(insert(database, String(number)))));
    expect(rows()).toHaveLength(250);
  });
});

test('a call that meets a writer who does not end is told so', { timeout: 20_000 }, async () => {
  const { database, commits } = await table();
  const other = new Database(database.path, false);
  other.exec('BEGIN IMMEDIATE');
  await expect(commits.run(insert(database, 'x'))).rejects.toMatchObject({
    code: 'HISTORY_BUSY',
    message: expect.stringContaining(database.path),
  });
  other.exec('COMMIT');
  expect(await commits.run(insert(database, 'x'))).toBe(1);
});
