import { errorAt, type Cause } from '../storage/causes.ts';

const unreachable: Cause = {
  code: 'HISTORY_UNREACHABLE',
  fix: 'the database does not answer: it is tried again; see whether it runs and can be reached from here',
};
const refused: Cause = {
  code: 'HISTORY_REFUSED',
  fix: 'let user, password and database be those that the server knows, and let it accept connections from here',
};
const untrusted: Cause = {
  code: 'HISTORY_REFUSED',
  fix:
    'the server has no certificate for its name from an authority that is trusted here: give the ' +
    "authority's certificate, or sslmode=disable where nobody else can listen",
};
const notWritable: Cause = {
  code: 'HISTORY_NOT_WRITABLE',
  fix: 'let the user own the tables, or the schema where there are none yet, and let the address lead to the primary',
};
const full: Cause = {
  code: 'HISTORY_DISK_FULL',
  fix: 'the disk of the database is full: make room; nothing is lost, what could not be recorded is recorded then',
};
const corrupt: Cause = {
  code: 'HISTORY_CORRUPT',
  fix: 'the database is damaged: see its log, and bring back a copy',
};
const busy: Cause = {
  code: 'HISTORY_BUSY',
  fix: 'others work on the same: it is tried again; see pg_stat_activity when this goes on',
};

/** By the codes of PostgreSQL (its manual, appendix A): whole ones, then classes. */
const byState: Readonly<Record<string, Cause>> = {
  '25006': notWritable,
  '28000': refused,
  '28P01': refused,
  '3D000': refused,
  '3F000': notWritable,
  '40001': busy,
  '40P01': busy,
  '42501': notWritable,
  '53100': full,
  '55P03': busy,
  '57014': busy,
  '08': unreachable,
  '53': unreachable,
  '57': unreachable,
  '58': corrupt,
  XX: corrupt,
};

/** By the codes of the system, and of TLS. */
const bySystem: Readonly<Record<string, Cause>> = {
  ECONNREFUSED: unreachable,
  ECONNRESET: unreachable,
  EPIPE: unreachable,
  ENOENT: unreachable,
  ETIMEDOUT: unreachable,
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  ENOTFOUND: unreachable,
  EAI_AGAIN: unreachable,
  EACCES: refused,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  ERR_TLS_CERT_ALTNAME_INVALID: untrusted,
  CERT_HAS_EXPIRED: untrusted,
};

/** What the client says without a code. */
const byMessage: readonly (readonly [RegExp, Cause])[] = [
  [/does not support SSL/, untrusted],
  [/terminated|timeout|timed out|not queryable|connection error/i, unreachable],
  [/password must be a string|no password/i, refused],
];

/** @returns what to throw in the place of an error of the client; errors of our own pass unchanged */
export function historyError(place: string, error: unknown): Error {
  return errorAt(place, error, causeOf);
}

function causeOf(error: Error): Cause | undefined {
  const code = codeOf(error);
  if (code === undefined) return byMessage.find(([pattern]) => pattern.test(error.message))?.[1];
  return byState[code] ?? (/^[0-9A-Z]{5}$/.test(code) ? byState[code.slice(0, 2)] : undefined) ?? bySystem[code];
}

/** The code of PostgreSQL, of the system or of TLS. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
