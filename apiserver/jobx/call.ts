import type { Caller } from '../auth/caller.ts';
import type { Mode } from './mode.ts';

/** Who calls, and by which request. */
export interface Call {
  readonly caller: Caller;
  readonly requestId: string;
  readonly credentialsSecret: string | undefined;
  readonly ttlSeconds: number | undefined;
  readonly mode: Mode;
}
