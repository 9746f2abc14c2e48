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

function matching<F extends string>(read: Settings<F>, flag: F, pattern: RegExp): string {
  const text = read.text(flag);
  if (!pattern.test(text)) throw read.wrong(flag, 'give the name of an object, of lower-case letters, digits and "-"');
  return text;
}
