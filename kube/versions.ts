/**
 * Compares resourceVersions, which are decimal numbers of any length (KEP-5504).
 * @returns true when `a` is older than `b`; false when either is not a number, so that a guard built on it fails open.
 */
export function isOlder(a: string, b: string): boolean {
  if (!digits.test(a) || !digits.test(b)) return false;
  return a.length === b.length ? a < b : a.length < b.length;
}

const digits = /^[1-9][0-9]*$/;
