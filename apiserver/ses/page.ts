import type { FastifyRequest } from 'fastify';

import { SesError } from './errors.ts';

/** Which clusters are asked for. */
export interface PageAsked {
  readonly pageNo: number;
  readonly pageSize: number;
  /** A part of the name; empty: all. */
  readonly inputText: string;
  /** Of the network that they are in; empty: all. */
  readonly vpcName: string;
}

const largest = 1000;

/** What was not sent, or as nothing, is as the vendor's documentation says. @throws SesError */
export function pageIn({ query }: Pick<FastifyRequest, 'query'>): PageAsked {
  const sent: Readonly<Record<string, unknown>> = { ...(query as Readonly<Record<string, unknown>>) };
  const text = (name: string): string => {
    const value = sent[name] ?? '';
    if (typeof value !== 'string') throw new SesError(400, `${name} is sent several times: send it once`);
    return value;
  };
  const whole = (name: string, fallback: number, most: number): number => {
    const value = text(name);
    // A client in Go sends 0 for what it was not given.
    if (value === '' || value === '0') return fallback;
    const number = /^[0-9]{1,9}$/.test(value) ? Number(value) : Number.NaN;
    if (!(number >= 1 && number <= most)) throw new SesError(400, `${name} is not a whole number from 1 to ${most}`);
    return number;
  };
  return {
    pageNo: whole('pageNo', 1, 999_999_999),
    pageSize: whole('pageSize', 10, largest),
    inputText: text('inputText'),
    vpcName: text('vpcName'),
  };
}
