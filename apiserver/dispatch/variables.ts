import { isObject } from '../http/json.ts';
import type { RunBody } from './body.ts';
import { ParamError, TooLargeError } from './errors.ts';
import { maxVariablesBytes, variablesProblem } from '../variables.ts';
import { checkJson } from './check-json.ts';

/** @returns the variables of `params`, an object or its JSON text. @throws ParamError, TooLargeError */
export function variablesOf(params: RunBody['params']): Readonly<Record<string, unknown>> | undefined {
  if (params === undefined || params === null || (typeof params === 'string' && params.trim() === '')) return undefined;
  // PHP writes an array without entries as a list, whatever it stands for.
  if (Array.isArray(params) && params.length === 0) return undefined;
  const value = typeof params === 'string' ? parsed(params) : params;
  if (!isObject(value))
    throw new ParamError('params: is not an object: send variables by name, for example {"version": "1.2"}');
  checkJson('params', value);
  if (Buffer.byteLength(JSON.stringify(value)) > maxVariablesBytes)
    throw new TooLargeError('params: are larger than 256 KiB: move large data to where the nodes can fetch it');
  const problem = variablesProblem(value);
  if (problem !== undefined) throw new ParamError(`params: ${problem}`);
  return value;
}

/** @returns the number of forks; undefined when it is left to its default. @throws ParamError */
export function forksOf(forks: RunBody['fork_num']): number | undefined {
  return optionalNumber('fork_num', forks, 'a whole number from 1 to 500');
}

/** @returns after how many seconds a run is ended; undefined when it is left to its default. @throws ParamError */
export function timeoutOf(seconds: RunBody['timeoutSeconds']): number | undefined {
  return optionalNumber('timeoutSeconds', seconds, 'a whole number of seconds from 1 to 604800');
}

function optionalNumber(
  field: string,
  value: number | string | null | undefined,
  expected: string,
): number | undefined {
  if (value === undefined || value === null || (typeof value === 'string' && value.trim() === '')) return undefined;
  const number = wholeNumber(field, value, expected);
  // Beyond what the API server reads as a number of this kind, it would not name the field.
  if (Math.abs(number) > 1_000_000) throw new ParamError(`${field}: is out of range: send ${expected}`);
  return number;
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
