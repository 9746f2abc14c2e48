/** A user in whose name calls are made, with his groups. */
export interface Impersonated {
  readonly user: string;
  readonly groups: readonly string[];
}

/** A name that cannot be sent as a header; the message says which and why. */
export class ImpersonationError extends Error {
  readonly code = 'IMPERSONATION';

  constructor(message: string) {
    super(message);
    this.name = 'ImpersonationError';
  }
}

/**
 * Control characters end or split a header; a blank at an end is taken away on the way, which would make it another
 * name.
 */
const unfit = /^\s|\s$|\p{Cc}/u;
/**
 * Bytes of all values together: far more than real memberships take, far below what the API server takes as headers (1
 * MiB).
 */
const maxBytes = 128 * 1024;

/** @returns why a user or group of this name cannot be impersonated; undefined when it can. */
export function unfitForHeader(name: string): string | undefined {
  if (name === '') return 'it is empty';
  if (unfit.test(name)) return 'it begins or ends with a blank, or holds a control character';
  return name.isWellFormed() ? undefined : 'it is not well-formed Unicode';
}

/**
 * The headers by which the API server acts for somebody else (`Impersonate-User`, and one `Impersonate-Group` for each
 * group).
 * @throws ImpersonationError
 */
export function impersonation({ user, groups }: Impersonated): Readonly<Record<string, string | string[]>> {
  let bytes = 0;
  const encoded = (kind: string, name: string): string => {
    const problem = unfitForHeader(name);
    if (problem !== undefined)
      throw new ImpersonationError(`the ${kind} ${JSON.stringify(name)} cannot be impersonated: ${problem}`);
    // Headers are written byte for byte; the API server reads them as UTF-8.
    const value = Buffer.from(name, 'utf8').toString('latin1');
    bytes += value.length;
    return value;
  };
  const headers: Record<string, string | string[]> = { 'impersonate-user': encoded('user', user) };
  if (groups.length > 0) headers['impersonate-group'] = groups.map((group) => encoded('group', group));
  if (bytes > maxBytes)
    throw new ImpersonationError(
      `the user ${JSON.stringify(user)} cannot be impersonated: ` +
        `the names of his ${groups.length} groups are longer than ${maxBytes / 1024} KiB together`,
    );
  return headers;
}
