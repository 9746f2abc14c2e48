import type { Trouble } from '../troubles.ts';
import type { JobxError, JobxErrorCode } from './errors.ts';

/**
 * A way in which the API speaks: as its document says, or as the original program did. A mode words answers; what is
 * done is the same in both, but where one of the first four says so.
 */
export interface Mode {
  /** Whether whoever runs a job may give the uuid of the task. */
  readonly takesUuid: boolean;
  /** Whether `%10` is the size of a batch. */
  readonly takesLeadingPercent: boolean;
  /** Whether a batch without a host, or an empty place between commas, is passed over. */
  readonly passesEmptyHosts: boolean;
  /** Whether a log is shown as a page to whoever does not say how he wants it. */
  readonly prefersPage: boolean;
  /** Whole answers to calls that were not done, by their operationId, where they are not `refused`. */
  readonly instead: Readonly<Record<string, Partial<Readonly<Record<JobxErrorCode, object>>>>>;
  refused(this: void, error: JobxError): object;
  failed(this: void, trouble: Pick<Trouble, 'code' | 'httpStatus' | 'message'>): object;
  /** `confirm` of a batch that this user has confirmed. */
  confirmedBy(this: void, user: string): string;
  /** The answer to the call for third parties by which a task was stopped. */
  stopped(this: void, uuid: string): object;
  /** Whether the log of operations tells of it. @param what the kind of the object */
  tells(this: void, operation: string, what: 'group' | 'task'): boolean;
}

/** What callers see who are not let in, as the original has it. */
export const notLoggedIn = 10_000;
