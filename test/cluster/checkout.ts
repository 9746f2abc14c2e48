import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';

/** The root of the checkout that this file belongs to. */
export const checkoutFolder = resolve(import.meta.dirname, '..', '..');

/** What runs in the background for this checkout is recorded here. */
export const stateFolder = join(checkoutFolder, '.fleetwright', 'cluster');

/** A short name for this checkout that another checkout on the same machine does not have. */
export function checkoutName(folder: string = checkoutFolder): string {
  return `fleetwright-${createHash('sha256').update(folder).digest('hex').slice(0, 6)}`;
}
