import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  canonicalHost,
  claimName,
  HostClaims,
  HostTakenError,
  holderText,
  parseClaim,
  type Holder,
} from '../../../../controllers/shared/hostclaims.ts';
import { leases } from '../../../../kube/builtin.ts';
import { ModelApi } from '../../../harness/world/api.ts';
import { ModelClient } from '../../../harness/world/client.ts';
import { ManualClock } from '../../../harness/world/clock.ts';
import { Life } from '../../../harness/world/life.ts';

const first: Holder = { kind: 'AgentTask', namespace: 'default', name: 'first', uid: 'u1' };
const second: Holder = { ...first, name: 'second', uid: 'u2' };

function world(): { readonly api: ModelApi; readonly claims: HostClaims } {
  const api = new ModelApi(new ManualClock());
  const life = new Life({ interleave: false, fate: () => 'goes well', onDeath: () => undefined });
  return { api, claims: new HostClaims(new ModelClient(api, life), 'claims') };
}

describe('the name of a claim', () => {
  test('is a valid object name for any host whatever', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ maxLength: 400, unit: 'grapheme' }), fc.domain(), fc.ipV4(), fc.ipV6()),
        (host) => {
          const name = claimName(host);
          expect(name).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
          expect(name.length).toBeLessThanOrEqual(253);
        },
      ),
    );
  });

  test('differs for hosts that differ, also where only unreadable characters do', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), fc.string({ maxLength: 300 }), (a, b) => {
        expect(claimName(a) === claimName(b)).toBe(canonicalHost(a) === canonicalHost(b));
      }),
    );
    expect(claimName('a.b')).not.toBe(claimName('a-b'));
  });

  test('is one for two spellings of one host, and can be read', () => {
    expect(claimName('WEB-1.example.com.')).toBe(claimName('web-1.example.com'));
    expect(claimName('web-1.example.com')).toMatch(/^host-web-1-example-com-[0-9a-f]{12}$/);
  });
});

describe('HostClaims', () => {
  test('gives a host to the first who asks, again to the same one, and to nobody else', async () => {
    const { claims } = world();
    await claims.claim('web-1', first);
    await claims.claim('WEB-1', first);
    await expect(claims.claim('web-1', second)).rejects.toThrow(HostTakenError);
  });

  test('frees a host for its holder only', async () => {
    const { api, claims } = world();
    await claims.claim('web-1', first);
    await claims.release('web-1', second);
    expect(api.list(leases)).toHaveLength(1);
    await claims.release('web-1', first);
    await claims.release('web-1', first);
    expect(api.list(leases)).toHaveLength(0);
    await claims.claim('web-1', second);
  });

  test('writes claims that can be read back', async () => {
    const { api, claims } = world();
    await claims.claim('2001:db8::1', first);
    const [lease] = api.list(leases);
    if (lease === undefined) throw new Error('no Lease');
    expect(parseClaim(lease)).toEqual({ host: '2001:db8::1', holder: first });
    expect(holderText(first)).toBe('AgentTask default/first');
  });

  test('takes a Lease that was mangled for no claim, and the host for taken', async () => {
    const { api, claims } = world();
    const mangled = { metadata: { namespace: 'claims', name: claimName('web-1') }, spec: {} };
    api.create(leases, mangled);
    expect(parseClaim(mangled)).toBeUndefined();
    await expect(claims.claim('web-1', first)).rejects.toThrow(
      'host web-1 was claimed by another operation a moment ago',
    );
  });
});
