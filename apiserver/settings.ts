import type { Settings } from '../kube/flags.ts';

const namespaceName = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const objectName = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

/** @returns the name of a namespace. @throws ConfigError when it is none */
export function namespaceIn<F extends string>(read: Settings<F>, flag: F): string {
  return matching(read, flag, namespaceName);
}

/** @returns the name of an object. @throws ConfigError when it is none */
export function objectNameIn<F extends string>(read: Settings<F>, flag: F): string {
  return matching(read, flag, objectName);
}

/** Seconds: a year. */
const maxTtl = 31_536_000;

/** What a setting for the time says after which a task that has ended is deleted. @param usually seconds */
export function ttlHelp(tasks: string, usually: number): string {
  return (
    `how long after its end a task of ${tasks} is deleted, 0 to ${maxTtl}, or "never"; ` +
    `if not set ${usually} with a history, which goes on to know the task, and else never`
  );
}

/** @param usually seconds where none is set. @returns seconds; undefined: never. @throws ConfigError */
export function ttlIn<F extends string>(read: Settings<F>, flag: F, usually: number | undefined): number | undefined {
  const text = read.text(flag);
  if (text === 'never') return undefined;
  if (text === '') return usually;
  if (!/^[0-9]+$/.test(text) || Number(text) > maxTtl)
    throw read.wrong(flag, `give a whole number from 0 to ${maxTtl}, or never`);
  return Number(text);
}

function matching<F extends string>(read: Settings<F>, flag: F, pattern: RegExp): string {
  const text = read.text(flag);
  if (!pattern.test(text)) throw read.wrong(flag, 'give the name of an object, of lower-case letters, digits and "-"');
  return text;
}
