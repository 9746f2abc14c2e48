/** 2.7.0 is 270, 2.11.1 is 2111. */
export function codeOf(version: string): string {
  return version.replaceAll('.', '');
}

/**
 * The first digit is the major version and the last one the patch: of OpenSearch neither has ever had two.
 * @param code as codeOf writes it, or the version itself. @returns undefined for what is neither
 */
export function versionOf(code: string): string | undefined {
  if (/^[0-9]{1,4}([.][0-9]{1,4}){2}$/.test(code)) return code;
  const [, major, minor, patch] = /^([1-9])(0|[1-9][0-9]?)([0-9])$/.exec(code) ?? [];
  return major === undefined ? undefined : `${major}.${minor}.${patch}`;
}

/** How people call a version. */
export function versionName(version: string): string {
  return `OpenSearch ${version}`;
}
