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
  return Object.fromEntries(all.filter(([, value]) => value !== null && value !== ''));
}

/** The forms of what calls are given, as the original program has them. */
export const formats = {
  number: /^\d+$/,
  uuid: /^[a-zA-Z0-9]+$/,
  date: /^\d{4}-\d{2}-\d{2}$/,
  /** Of texts only a quotation mark is refused. */
  text: /^[^']*$/,
  words: /^[^']+$/,
} as const;

/** @returns the parameter as text; undefined for one that is absent. @throws FormatError */
export function optional(params: Params, key: string, format: RegExp, longest = 2000): string | undefined {
  const value = params[key];
  if (value === undefined) return undefined;
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || text.length > longest || !text.isWellFormed() || /[\p{Cc}]/u.test(text))
    throw new FormatError(`${key} format error`);
  if (format.test(text)) return text;
  throw new FormatError(
    format === formats.text || format === formats.words
      ? `${key} format error`
      : `${key} format error (?^:${format.source})`,
  );
}

/** @throws FormatError also for one that is absent */
export function required(params: Params, key: string, format: RegExp, longest?: number): string {
  const text = optional(params, key, format, longest);
  if (text === undefined) throw new FormatError(`${key} undef`);
  return text;
}
