import { randomBytes } from 'node:crypto';

import type { VolumeRecovery, VolumeRecoveryRequest } from '../../crds/types/volumerecovery.ts';
import type { ZoneIntent } from './intents.ts';

/** A call to the zone that failed. */
export interface FailedCall {
  readonly call: ZoneIntent['do'];
  /** CamelCase. */
  readonly reason: string;
  readonly message: string;
  /** Somebody has to put something right. */
  readonly forSomebody: boolean;
  readonly at: Date;
}

/**
 * Whether the call that a status records as the latest was made. `toBeMade`: by this process, which knows that it did
 * not make it yet. `mayBeMade`: nobody can know.
 */
export type RequestState = 'none' | 'toBeMade' | 'mayBeMade';

/**
 * How long (milliseconds) a call that nobody knows of may still take effect: a Cinder whose database is locked answers
 * after 56 s, and then has made nothing.
 */
const unansweredFor = 120_000;

/** What this process knows of its calls. It dies with the process; what is lost by that is waited out. */
export class CallMemory {
  /** By which a status tells whose call it was. */
  readonly instance = randomBytes(8).toString('hex');
  /** The latest call that was made, by the UID of the recovery. */
  readonly #made = new Map<string, string>();
  readonly #failed = new Map<string, FailedCall>();
  readonly #unansweredFor: number;

  /** @param patience see above */
  constructor(patience = unansweredFor) {
    this.#unansweredFor = patience;
  }

  /** Take note of it before the call is made. */
  making({ metadata, status }: VolumeRecovery): void {
    if (status?.request !== undefined) this.#made.set(metadata.uid ?? '', nameOf(status.request));
  }

  failed({ metadata }: VolumeRecovery, failure: FailedCall): void {
    this.#failed.set(metadata.uid ?? '', failure);
  }

  /**
   * A failure of another call is still one: a transfer that is withdrawn because its tenant's quota is used up must not
   * be offered again at once.
   */
  succeeded({ metadata }: VolumeRecovery, call: FailedCall['call']): void {
    if (this.#failed.get(metadata.uid ?? '')?.call === call) this.#failed.delete(metadata.uid ?? '');
  }

  /** @returns the latest call of the recovery that failed, unless it was made since without a failure */
  failureOf({ metadata }: VolumeRecovery): FailedCall | undefined {
    return this.#failed.get(metadata.uid ?? '');
  }

  stateOf({ metadata, status }: VolumeRecovery, call: VolumeRecoveryRequest['call'], now: Date): RequestState {
    const request = status?.request;
    if (request?.call !== call) return 'none';
    if (request.by === this.instance && this.#made.get(metadata.uid ?? '') !== nameOf(request)) return 'toBeMade';
    return now.getTime() < this.endOf(request) ? 'mayBeMade' : 'none';
  }

  /** When (a time of Date) a call can take effect no more. */
  endOf({ at }: VolumeRecoveryRequest): number {
    return Date.parse(at) + this.#unansweredFor;
  }

  /** There is no such recovery any more. */
  forget(uid: string): void {
    this.#made.delete(uid);
    this.#failed.delete(uid);
  }
}

/** Not by its time alone: a quick zone is asked for a volume and for its restore within one second. */
function nameOf({ call, at }: VolumeRecoveryRequest): string {
  return `${call} ${at}`;
}
