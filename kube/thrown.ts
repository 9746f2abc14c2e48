/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What a program says at its end of the error that ended it: of an expected one the message, of others the stack. */
export function reportOf(error: unknown, expected: boolean): string {
  return error instanceof Error && !expected ? (error.stack ?? error.message) : messageOf(error);
}
