import { join } from 'node:path';

/**
 * Where Node keeps what it compiled. A program of ours starts in half the time when its types need not be stripped and
 * its code need not be compiled again.
 */
export const compileCacheFolder = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'compile');

/** The variables of a program that is to have nothing of the tests' own settings but what it is given besides. */
export function bareEnvironment(): Readonly<Record<string, string>> {
  const { PATH = '', HOME = '' } = process.env;
  return { PATH, HOME, NODE_COMPILE_CACHE: compileCacheFolder };
}
