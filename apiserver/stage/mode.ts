import type { FastifyRequest, FastifySchema } from 'fastify';

import type { Trouble } from '../troubles.ts';
import type { Fields, ScopeOptions } from './body.ts';
import type { StageCall, StageError } from './errors.ts';
import type { StageEntity, StageInfo } from './report.ts';

/** A call that was done. */
export interface Done {
  readonly call: StageCall;
  /** What set was asked for. */
  readonly stage?: string;
  readonly scope?: string;
  /** A list for the call list alone. */
  readonly entity: object | readonly string[];
  readonly info: StageInfo;
}

/** A call that was not done. */
export interface Failed {
  readonly call: StageCall;
  readonly request: FastifyRequest;
  /** What is wrong with what was asked for; undefined where the trouble is another one. */
  readonly error: StageError | undefined;
  readonly trouble: Pick<Trouble, 'httpStatus' | 'message'>;
  /** @returns what the caller may see of how things stand */
  readonly see: () => Promise<Seen>;
}

/** How things stand, as far as a caller may see it. */
export interface Seen {
  readonly info: StageInfo;
  /** Of what he asked to change; null where that cannot be told. */
  readonly present: StageEntity | null;
}

/** What is answered. */
export interface Answer {
  readonly httpStatus: number;
  readonly body: object;
}

/**
 * A way in which the API speaks: as its document says, or as the original program did. A mode reads calls and words
 * answers; what is done is the same in both.
 */
export interface Mode extends ScopeOptions {
  /** Of the paths. */
  readonly prefix: '' | '/api';
  /** For the description of the API. */
  readonly schemas: Readonly<Record<StageCall, FastifySchema>>;
  /** Whether the body of a call need not be JSON, since nothing is read of it. */
  readsNothing(this: void, call: StageCall): boolean;
  /** @throws StageError */
  fields(this: void, body: unknown, call: StageCall): Fields;
  capacity(this: void, quantity: string | undefined): string;
  done(this: void, done: Done, request: FastifyRequest): object;
  failed(this: void, failed: Failed): Promise<Answer>;
}
