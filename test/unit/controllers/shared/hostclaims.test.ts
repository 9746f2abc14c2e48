import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  claimName,
  HostClaims,
  HostTakenError,
  holderText,
  parseClaim,
  type Holder,
} from '../../../../controllers/shared/hostclaims.ts';
import { Machines } from '../../../../controllers/shared/machines.ts';
import { canonicalHost } from '../../../../crds/hosts.ts';
import { leases, type Node } from '../../../../kube/builtin.ts';
import { ModelApi } from '../../../harness/world/api.ts';
import { ModelClient } from '../../../harness/world/client.ts';
import { ManualClock } from '../../../harness/world/clock.ts';
import { Life } from '../../../harness/world/life.ts';

const first: Holder = { kind: 'AgentTask', namespace: 'default', name: 'first', uid: 'u1' };
const second: Holder = { ...first, name: 'second', uid: 'u2' };

function world(): { readonly api: ModelApi; readonly claims: HostClaims; readonly machines: Machines } {
  const machines = new Machines();
  const api = new ModelApi(new ManualClock());
  const life = new Life({ interleave: false, fate: () => 'goes well', onDeath: () => undefined });
  return { api, claims: new HostClaims(new ModelClient(api, life), 'claims', machines), machines };
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

  test('gives a claim its label back, without which no cache would show who has the host', async () => {
    const { api, claims } = world();
    await claims.claim('web-1', first);
    const [claim] = api.list(leases);
    if (claim === undefined) throw new Error('no claim');
    const { labels, ...metadata } = claim.metadata;
    api.replace(leases, { ...claim, metadata });
    await expect(claims.claim('web-1', second)).rejects.toThrow(HostTakenError);
    expect(api.list(leases)[0]?.metadata.labels).toEqual(labels);
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
    expect(parseClaim(lease)).toEqual({
      host: '2001:db8::1',
      machine: '2001:db8::1',
      holder: first,
      lease: claimName('2001:db8::1'),
      leaseUid: lease.metadata.uid,
    });
    expect(holderText(first)).toBe('AgentTask default/first');
  });

  test('asks only whether a claim that a cache shows is still there, and lets it go without asking', async () => {
    const { api, claims } = world();
    await claims.claim('web-1', first);
    const shown = api.list(leases).flatMap((lease) => parseClaim(lease) ?? []);
    await claims.claim('web-1', first, undefined, shown);
    expect(api.list(leases)).toHaveLength(1);
    await claims.release('web-1', first, { shown });
    expect(api.list(leases)).toEqual([]);
    // The cache lags: it was let go a moment ago.
    await claims.claim('web-1', first, undefined, shown);
    expect(api.list(leases)).toHaveLength(1);
    // And it is another Lease than the one that was shown.
    await claims.release('web-1', first, { shown });
    expect(api.list(leases)).toEqual([]);
    await claims.claim('web-1', second);
    await claims.release('web-1', first, { shown });
    expect(api.list(leases)).toHaveLength(1);
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

describe('holders of other kinds', () => {
  test('a cluster-scoped holder is written and named without a namespace', async () => {
    const { api, claims } = world();
    const stage: Holder = { kind: 'ClusterStage', name: 'n1', uid: 'u3' };
    await claims.claim('n1', stage);
    const [lease] = api.list(leases);
    expect(lease?.metadata.annotations?.['fleetwright.io/holder']).toBe('ClusterStage/n1');
    expect(lease === undefined ? undefined : parseClaim(lease)?.holder).toEqual(stage);
    expect(holderText(stage)).toBe('ClusterStage n1');
  });

  test('who was made by the holder is let in, one at a time, and frees its own claim only', async () => {
    const { api, claims } = world();
    const stage: Holder = { kind: 'ClusterStage', name: 'n1', uid: 'u3' };
    const ticket = { within: 'u3', ancestors: ['u3'] };
    await claims.claim('n1', stage);
    await expect(claims.claim('n1', first)).rejects.toThrow(HostTakenError);
    await claims.claim('n1', first, ticket);
    await claims.claim('n1', first, ticket);
    await expect(claims.claim('n1', second, ticket)).rejects.toThrow(HostTakenError);
    await claims.release('n1', first, { ticket });
    expect(api.list(leases).map(({ spec }) => spec.holderIdentity)).toEqual(['u3']);
    await claims.claim('n1', second, ticket);
  });

  test('nobody is let in by one who holds the machine no more', async () => {
    const { api, claims } = world();
    await expect(claims.claim('n1', first, { within: 'u3', ancestors: ['u3'] })).rejects.toThrow(HostTakenError);
    await claims.claim('n1', second);
    await expect(claims.claim('n1', first, { within: 'u3', ancestors: ['u3'] })).rejects.toThrow(HostTakenError);
    expect(api.list(leases).map(({ spec }) => spec.holderIdentity)).toEqual(['u2']);
  });
});

describe('machines of several names', () => {
  const n1: Node = {
    metadata: { name: 'n1' },
    status: { addresses: [{ type: 'InternalIP', address: '10.0.0.1' }] },
  };

  test('a Node that is claimed by its address is claimed by its name, and the other way round', async () => {
    const { claims, machines } = world();
    machines.set(n1);
    await claims.claim('10.0.0.1', first);
    await expect(claims.claim('N1', second)).rejects.toThrow(HostTakenError);
    await claims.release('10.0.0.1', first);
    await claims.claim('n1', second);
    await expect(claims.claim('10.0.0.1', first)).rejects.toThrow(HostTakenError);
  });

  test('a claim from before a Node joined excludes whoever wants it by the name of the Node', async () => {
    const { api, claims, machines } = world();
    await claims.claim('10.0.0.1', first);
    machines.set(n1);
    await expect(claims.claim('n1', second)).rejects.toThrow(HostTakenError);
    expect(api.list(leases).map(({ spec }) => spec.holderIdentity)).toEqual(['u1']);
    await claims.claim('10.0.0.1', first);
    const shown = api.list(leases).flatMap((lease) => parseClaim(lease) ?? []);
    await claims.release('10.0.0.1', first, { shown });
    await claims.claim('n1', second);
  });

  test('an address that two Nodes show is kept apart from both, and the Nodes are not from each other', async () => {
    const { claims, machines } = world();
    machines.set({ ...n1, metadata: { name: 'n2' } });
    machines.set(n1);
    await claims.claim('n1', first);
    await claims.claim('n2', second);
    await expect(claims.claim('10.0.0.1', { ...first, uid: 'u3' })).rejects.toThrow(HostTakenError);
  });
});
