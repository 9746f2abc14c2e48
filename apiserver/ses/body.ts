import type { FastifyRequest } from 'fastify';

import { isObject } from '../http/json.ts';
import { SesError } from './errors.ts';
import { codeOf, versionOf } from './versions.ts';

/** Bytes of a call: a number and a version are all that it holds. */
export const bodyLimit = 16 * 1024;

/** The document's table and its samples spell it differently. */
const spellings = ['serviceGroupInstanceNo', 'ServiceGroupInstanceNo'] as const;

const numberForm = /^[1-9][0-9]{0,17}$/;

/**
 * @returns the number of the cluster that is asked for, sent as text or as a number.
 * @throws SesError
 */
export function numberIn({ body }: Pick<FastifyRequest, 'body'>): string {
  const given = isObject(body) ? spellings.map((name) => body[name]).find((value) => value !== undefined) : undefined;
  if (given === undefined || given === null || given === '')
    throw new SesError(400, 'serviceGroupInstanceNo is not allowed to be empty');
  return checked(typeof given === 'number' ? String(given) : given);
}

/** @returns the number of the cluster in the path. @throws SesError */
export function numberInPath({ params }: Pick<FastifyRequest, 'params'>): string {
  return checked((params as Readonly<Record<string, unknown>>)['serviceGroupInstanceNo']);
}

function checked(number: unknown): string {
  if (typeof number !== 'string' || !numberForm.test(number))
    throw new SesError(400, 'serviceGroupInstanceNo is not the number of a cluster: send for example "3427188"');
  return number;
}

/**
 * @param offered versions that can be asked for; undefined: any
 * @returns the version that a cluster is to have, as 2.9.0. @throws SesError
 */
export function targetIn({ body }: Pick<FastifyRequest, 'body'>, offered: readonly string[] | undefined): string {
  const given = isObject(body) ? body['targetVersionCode'] : undefined;
  if (given === undefined || given === null || given === '')
    throw new SesError(400, 'Target version code is not allowed to be empty');
  const text = typeof given === 'number' ? String(given) : given;
  const version = typeof text === 'string' ? versionOf(text) : undefined;
  if (version === undefined)
    throw new SesError(400, 'targetVersionCode is not the code of a version: send for example "290" for 2.9.0');
  if (offered !== undefined && !offered.includes(version))
    throw new SesError(
      400,
      `targetVersionCode is not one of those that are offered: ${offered.map(codeOf).join(', ')}`,
    );
  return version;
}
