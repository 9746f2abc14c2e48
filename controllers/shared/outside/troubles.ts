import { CredentialMissingError } from './credential.ts';
import { NotLetInError, OutsideError, UnreachableError } from './errors.ts';

/** Why an outside system cannot be asked at the moment, as a condition says it. */
export interface OutsideTrouble {
  /** CamelCase, for example `OpenSearchUnreachable`. */
  readonly reason: string;
  readonly message: string;
  /** Somebody has to put something right; else it may come right by itself. */
  readonly forSomebody: boolean;
}

/** @returns undefined for an error that is none of an outside system's: it is thrown on, and tried again */
export function outsideTrouble(error: unknown): OutsideTrouble | undefined {
  if (error instanceof CredentialMissingError)
    return { reason: error.reason, message: error.message, forSomebody: true };
  if (!(error instanceof OutsideError)) return undefined;
  const { system, message } = error;
  if (error instanceof UnreachableError) return { reason: `${system}Unreachable`, message, forSomebody: false };
  if (error instanceof NotLetInError) return { reason: `${system}LetsNobodyIn`, message, forSomebody: true };
  return { reason: `${system}Refuses`, message, forSomebody: false };
}
