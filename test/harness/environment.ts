import { join } from 'node:path';

/** Where Node keeps what it compiled: types are stripped and code is compiled once, not at each start of a program. */
export const compileCacheFolder = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'compile');

/** The variables of a program that is to have nothing of the tests' own settings but what it is given besides. */
export function bareEnvironment(): Readonly<Record<string, string>> {
  const { PATH = '', HOME = '' } = process.env;
  return { PATH, HOME, NODE_COMPILE_CACHE: compileCacheFolder };
}
