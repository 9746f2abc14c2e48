import { inspect } from 'node:util';

/** @returns the first line of what an error says that came from a worker: it may be an object without a prototype */
export function errorText(error: unknown): string {
  const said = typeof error === 'object' && error !== null && 'message' in error ? error.message : error;
  const text = typeof said === 'string' ? said : inspect(said);
  return text.split('\n', 1)[0] ?? text;
}
