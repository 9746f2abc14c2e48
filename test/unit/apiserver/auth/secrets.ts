import { createHash } from 'node:crypto';

import type { Secret } from '../../../../kube/builtin.ts';
import type { Change } from '../../../../kube/reflector.ts';

export const token = 'correct-horse-battery-staple-0123456789';

/** The Secret of a credential; `undefined` takes a key away. */
export function secretOf(
  data: Readonly<Record<string, string | undefined>> = {},
  name = 'credential-ann-1',
  type = 'fleetwright.io/credential',
  kind = 'bearer',
): Secret {
  const whole = { tokenSHA256: sha256(token), user: 'ann', ...data };
  const encoded = Object.entries(whole).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, Buffer.from(value).toString('base64')]],
  );
  return {
    metadata: { namespace: 'fleetwright-system', name, labels: { 'fleetwright.io/credential': kind } },
    type,
    data: Object.fromEntries(encoded) as Record<string, string>,
  };
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Tells of Secrets as a reflector does. */
export class TestSource {
  hasSynced = true;
  readonly #handlers: ((change: Change<Secret>) => void)[] = [];

  onChange(handler: (change: Change<Secret>) => void): void {
    this.#handlers.push(handler);
  }

  tell(type: Change<Secret>['type'], object: Secret): void {
    const key = `${object.metadata.namespace}/${object.metadata.name}`;
    for (const handler of this.#handlers) handler({ type, key, object });
  }
}
