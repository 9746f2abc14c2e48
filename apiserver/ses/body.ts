import type { FastifyRequest } from 'fastify';

import { isObject } from '../http/json.ts';
import { SesError } from './errors.ts';

/** Bytes of a call: a number is all that it holds. */
export const bodyLimit = 16 * 1024;

/** The document's table and its samples spell it differently. */
const spellings = ['serviceGroupInstanceNo', 'ServiceGroupInstanceNo'] as const;

/**
 * @returns the number of the cluster that is asked for, sent as text or as a number.
 * @throws SesError
 */
export function numberIn({ body }: Pick<FastifyRequest, 'body'>): string {
  const given = isObject(body) ? spellings.map((name) => body[name]).find((value) => value !== undefined) : undefined;
  if (given === undefined || given === null || given === '')
    throw new SesError(400, 'serviceGroupInstanceNo is not allowed to be empty');
  const text = typeof given === 'number' ? String(given) : given;
  if (typeof text !== 'string' || !/^[1-9][0-9]{0,17}$/.test(text))
    throw new SesError(400, 'serviceGroupInstanceNo is not the number of a cluster: send for example "3427188"');
  return text;
}
