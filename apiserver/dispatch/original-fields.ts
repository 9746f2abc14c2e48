import type { IncomingHttpHeaders } from 'node:http';

import { isObject } from '../http/json.ts';
import { FieldError, ShapeError } from './errors.ts';
import { originOf, type Origin } from './origin.ts';

/** The original looks for the headers before it looks whether the body is an object. @throws HeaderError, ShapeError */
export function originalFields(
  headers: IncomingHttpHeaders,
  body: unknown,
): { readonly origin: Origin; readonly fields: OriginalFields } {
  const origin = originOf(headers);
  if (!isObject(body)) throw new ShapeError(`'${pythonType(body)}' object has no attribute 'has_key'`);
  return { origin, fields: new OriginalFields(body) };
}

/**
 * The fields of a body, read as the original reads them: null is a value of the wrong type, true and false are
 * integers.
 */
export class OriginalFields {
  readonly #body: Readonly<Record<string, unknown>>;

  constructor(body: Readonly<Record<string, unknown>>) {
    this.#body = body;
  }

  /** @throws FieldError when it is there and no text */
  text(key: string): string | undefined {
    const value = this.#value(key);
    if (value !== undefined && typeof value !== 'string') throw wrongType(key);
    return value;
  }

  requiredText(key: string): string {
    return this.text(key) ?? missing(key);
  }

  list(key: string): readonly unknown[] {
    const value = this.#value(key) ?? missing(key);
    if (!Array.isArray(value)) throw wrongType(key);
    return value;
  }

  object(key: string): Readonly<Record<string, unknown>> {
    const value = this.#value(key) ?? {};
    if (!isObject(value)) throw wrongType(key);
    return value;
  }

  integer(key: string): number | undefined {
    const value = this.#value(key);
    if (typeof value === 'boolean') return Number(value);
    if (value !== undefined && (typeof value !== 'number' || !Number.isInteger(value))) throw wrongType(key);
    return value;
  }

  /** undefined when it was not sent; `null` as it was. */
  #value(key: string): unknown {
    if (!Object.hasOwn(this.#body, key)) return undefined;
    const value = this.#body[key];
    if (value === null) throw wrongType(key);
    return value;
  }
}

function missing(key: string): never {
  throw new FieldError(`key ${key} not found`);
}

/** The original meant to name the type, and names Python's type of types. */
function wrongType(key: string): FieldError {
  return new FieldError(`key ${key} not instance of <type 'type'>`);
}

function pythonType(value: unknown): string {
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'string') return 'unicode';
  if (typeof value === 'boolean') return 'bool';
  return Number.isInteger(value) ? 'int' : 'float';
}
