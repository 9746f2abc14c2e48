import { isObject } from '../http/json.ts';
import type { RunBody } from './body.ts';
import { ParamError, TooLargeError } from './errors.ts';
import { checkJson } from './check-json.ts';

/** With content, nodes and the results to come, an object stays below what the API server stores (1.5 MiB). */
const maxParamsBytes = 256 * 1024;

/** @returns the variables of `params`, an object or its JSON text. @throws ParamError, TooLargeError */
export function variablesOf(params: RunBody['params']): Readonly<Record<string, unknown>> | undefined {
  if (params === undefined || params === null || (typeof params === 'string' && params.trim() === '')) return undefined;
  // PHP writes an array without entries as a list, whatever it stands for.
  if (Array.isArray(params) && params.length === 0) return undefined;
  const value = typeof params === 'string' ? parsed(params) : params;
  if (!isObject(value))
    throw new ParamError('params: is not an object: send variables by name, for example {"version": "1.2"}');
  checkJson('params', value);
  if (Buffer.byteLength(JSON.stringify(value)) > maxParamsBytes)
    throw new TooLargeError('params: are larger than 256 KiB: move large data to where the nodes can fetch it');
  const wrong = Object.keys(value).find((name) => !/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name));
  if (wrong !== undefined)
    throw new ParamError(
      `params: ${JSON.stringify(wrong.slice(0, 64))} cannot be the name of a variable: use letters, digits and "_", not beginning with a digit, at most 128`,
    );
  return value;
}

/** @returns the number of forks; undefined when it is left to its default. @throws ParamError */
export function forksOf(forks: RunBody['fork_num']): number | undefined {
  if (forks === undefined || forks === null || (typeof forks === 'string' && forks.trim() === '')) return undefined;
  const value = wholeNumber('fork_num', forks, 'a whole number from 1 to 500');
  // Beyond what the API server reads as a number of this kind, it would not name the field.
  if (Math.abs(value) > 1_000_000) throw new ParamError('fork_num: is out of range: send a whole number from 1 to 500');
  return value;
}

/** @throws ParamError for a text that is no number */
export function wholeNumber(field: string, value: number | string, expected: string): number {
  if (typeof value === 'string' && !/^\s*[+-]?[0-9]{1,16}\s*$/.test(value))
    throw new ParamError(`${field}: is not a number: send ${expected}`);
  return Number(value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ParamError('params: the text is not JSON: send an object, or the JSON text of one', { cause: error });
  }
}
