/** The body of a request is not what its API can read. */
export class BodyUnreadableError extends Error {
  readonly code = 'BODY_UNREADABLE';

  constructor(options?: ErrorOptions) {
    super('the body is not JSON in UTF-8: send a JSON object', options);
    this.name = 'BodyUnreadableError';
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * @returns what a body says.
 * @throws BodyUnreadableError when it is not JSON in UTF-8, or `null`, which says nothing
 */
export function parseJson(bytes: Buffer): unknown {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(bytes));
  } catch (error) {
    throw new BodyUnreadableError({ cause: error });
  }
  if (value === null) throw new BodyUnreadableError();
  return value;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
