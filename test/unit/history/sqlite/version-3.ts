import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Database } from '../../../../history/sqlite/database.ts';
import { historyPath } from '../samples.ts';

/**
 * A file as another program of its time wrote it, before there were lists: three tasks on a group, of which the first
 * is pruned, one on hosts, one that runs, and a stage.
 */
export async function version3File(): Promise<string> {
  const path = await historyPath();
  const database = new Database(path, false);
  database.exec('PRAGMA journal_mode = WAL');
  database.exec(await readFile(join(import.meta.dirname, 'version-3.sql'), 'utf8'));
  database.close();
  return path;
}
