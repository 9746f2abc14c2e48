import type { FastifyInstance, FastifyRequest } from 'fastify';

import { BodyUnreadableError, isObject, parseJson } from '../http/json.ts';
import { FormatError } from './errors.ts';

/** The largest body that is read, in bytes. */
export const bodyLimit = 1024 * 1024;

/** What a call says, wherever it says it: in its path, its query or its body. Null and empty are absent. */
export type Params = Readonly<Record<string, unknown>>;

/** Reads a body as JSON, or as a form, whatever its Content-Type says. */
export function takeParams(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body: Buffer, done) => {
    try {
      done(null, parsed(body));
    } catch (error) {
      done(error instanceof Error ? error : new BodyUnreadableError({ cause: error }));
    }
  });
  app.addHook('onRequest', (request, _reply, done) => {
    request.headers['content-type'] = 'application/json';
    done();
  });
}

function parsed(body: Buffer): unknown {
  if (body.length === 0) return {};
  return /^\s*[[{"]/.test(body.toString('latin1', 0, 64))
    ? parseJson(body)
    : Object.fromEntries(new URLSearchParams(body.toString('utf8')));
}

export function paramsOf({ params, query, body }: FastifyRequest): Params {
  const all = [query, body, params].flatMap((part) => (isObject(part) ? Object.entries(part) : []));
  return present(all);
}

function present(entries: readonly (readonly [string, unknown])[]): Params {
  return Object.fromEntries(entries.filter(([, value]) => value !== null && value !== ''));
}

/**
 * A parameter that is a hash; forms and queries hold one as JSON text.
 * @returns undefined for what is none
 */
export function hashOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (isObject(value)) return value;
  if (typeof value !== 'string') return undefined;
  try {
    const hash = parseJson(Buffer.from(value));
    return isObject(hash) ? hash : undefined;
  } catch (error) {
    if (error instanceof BodyUnreadableError) return undefined;
    throw error;
  }
}

/** @returns a hash of parameters; undefined for what is none */
export function paramsIn(value: unknown): Params | undefined {
  const hash = hashOf(value);
  return hash === undefined ? undefined : present(Object.entries(hash));
}

/** The form of a parameter. */
interface Format {
  readonly pattern: RegExp;
  /** What it has to be, as callers are told. */
  readonly words: string;
  /** The original tells the pattern of what it refuses, but of texts, in which only a quotation mark is refused. */
  readonly tellsPattern: boolean;
}

function told(pattern: RegExp, words: string): Format {
  return { pattern, words, tellsPattern: true };
}

function ofText(pattern: RegExp, words = "a text without ' and without line breaks"): Format {
  return { pattern, words, tellsPattern: false };
}

/** The forms of what calls are given, as the original program has them. */
export const formats = {
  number: told(/^\d+$/, 'a whole number'),
  numbers: told(/^\d+(,\d+)*$/, 'whole numbers, with commas'),
  /** Of a list, as an answer tells it. */
  place: told(/^-?\d{1,15}[.]\d{1,15}$/, 'what the last answer says as before'),
  uuid: told(/^[a-zA-Z0-9]+$/, 'letters and digits'),
  newUuid: told(/^[a-zA-Z0-9]{11}[a-z]$/, 'eleven letters and digits, and then a small letter'),
  thirdUuid: told(/^[a-zA-Z0-9]{11,64}$/, '11 to 64 letters and digits'),
  date: told(/^\d{4}-\d{2}-\d{2}$/, 'a day such as 2026-01-31'),
  groupType: ofText(/^[^']+$/, 'list or percent'),
  sizes: ofText(/^[^']+$/, 'the size of each batch, as hosts or a percentage: 1:2:10%'),
  action: ofText(/^[^']+$/, 'proceed, retry or skip'),
  control: ofText(/^[^']+$/, 'rollback or norollback'),
  /** Empty ones are absent. */
  words: ofText(/^[^']+$/),
  text: ofText(/^[^']*$/),
  comment: ofText(/^.*$/u, 'a text without line breaks'),
} as const;

/** @returns the parameter as text; undefined for one that is absent. @throws FormatError */
export function optional(
  params: Params,
  key: string,
  { pattern, words, tellsPattern }: Format,
  longest = 2000,
): string | undefined {
  const given = params[key];
  if (given === undefined) return undefined;
  const value = typeof given === 'number' ? String(given) : given;
  const isText =
    typeof value === 'string' && value.length <= longest && value.isWellFormed() && !/[\p{Cc}]/u.test(value);
  if (isText && pattern.test(value)) return value;
  const problem = isText && tellsPattern ? `${key} format error (?^:${pattern.source})` : `${key} format error`;
  const size = isText && tellsPattern ? '' : `, at most ${longest} characters`;
  throw new FormatError(problem, { fix: `give ${words}${size}` });
}

/** @throws FormatError also for one that is absent */
export function required(params: Params, key: string, format: Format, longest?: number): string {
  const text = optional(params, key, format, longest);
  if (text === undefined) throw new FormatError(`${key} undef`, { fix: `it is required: give ${format.words}` });
  return text;
}
