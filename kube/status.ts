import { isDeepStrictEqual } from 'node:util';

import type { Client } from './client.ts';
import type { KubeObject, ResourceType } from './objects.ts';

/**
 * The merge patch (RFC 7386) that turns `before` into `after`: objects are gone into, lists and scalars replaced, what
 * is missing is nulled. @returns undefined when they are equal.
 */
export function mergePatchBetween(before: unknown, after: unknown): unknown {
  if (isDeepStrictEqual(before, after)) return undefined;
  if (!isPlainObject(before) || !isPlainObject(after)) return after;
  // Without a prototype, so that a key of that name stays one.
  const patch = Object.create(null) as Record<string, unknown>;
  for (const [key, value] of Object.entries(before))
    if (own(after, key) === undefined && value !== undefined) patch[key] = null;
  for (const [key, value] of Object.entries(after)) {
    const difference = value === undefined ? undefined : mergePatchBetween(own(before, key), value);
    if (difference !== undefined) patch[key] = difference;
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/**
 * Writes the status subresource when it differs from what `object` holds, in one call. The patch carries the UID and
 * the resourceVersion: a status computed from an old view of the object, or for an earlier object of the same name, is
 * refused (ConflictError) instead of undoing what was written since.
 * @returns the object as written, or undefined when there was nothing to write
 */
export async function patchStatus<T extends KubeObject & { readonly status?: unknown }>(
  client: Client,
  type: ResourceType<T>,
  object: T,
  status: NonNullable<T['status']>,
): Promise<T | undefined> {
  const difference = mergePatchBetween(object.status ?? {}, status);
  if (difference === undefined) return undefined;
  const { uid, resourceVersion } = object.metadata;
  return client.mergePatch(
    type,
    object.metadata,
    { metadata: { uid, resourceVersion }, status: difference },
    { subresource: 'status' },
  );
}

/** Maps hold names that people choose: `constructor` may be one. */
function own(object: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
