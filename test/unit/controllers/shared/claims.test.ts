import { beforeEach, describe, expect, test } from 'vitest';

import { claimIndexers, observeClaims, type Claims } from '../../../../controllers/shared/claims.ts';
import { claimName, HostClaims, type Holder } from '../../../../controllers/shared/hostclaims.ts';
import { KnownKinds } from '../../../../controllers/shared/known-kinds.ts';
import { Machines } from '../../../../controllers/shared/machines.ts';
import { wakeNext } from '../../../../controllers/shared/open-claims.ts';
import { leases, type Lease } from '../../../../kube/builtin.ts';
import { keyOf, type KubeObject } from '../../../../kube/objects.ts';
import { Store } from '../../../../kube/store.ts';
import { FakeApi } from '../../kube/fake-api.ts';
import { fake, fakeKind, jobs, madeBy, stages, type FakeKind } from './fake-kinds.ts';

let api: FakeApi;
let cache: Store<Lease>;
let machines: Machines;
let kinds: KnownKinds;
let stage: FakeKind;
let job: FakeKind;
let claims: HostClaims;

beforeEach(() => {
  api = new FakeApi();
  cache = new Store(claimIndexers);
  machines = new Machines();
  kinds = new KnownKinds();
  [stage, job] = [fakeKind(stages), fakeKind(jobs)];
  kinds.add(stage);
  kinds.add(job);
  claims = new HostClaims(api, 'system', machines);
});

const me = fake('me', 'u1', {}, { namespace: 'default' });
const n1 = fake('n1', 's1');

async function claimed(host: string, holder: Holder): Promise<void> {
  await claims.claim(host, holder);
  for (const [path, object] of api.objects) if (path.startsWith(leases.plural)) cache.set(object as Lease);
}

function look(object: KubeObject, ...hosts: readonly string[]): Claims {
  return observeClaims(object, hosts, { leases: cache, machines, kinds });
}

const stageHolder: Holder = { kind: 'ClusterStage', name: 'n1', uid: 's1' };
const jobHolder: Holder = { kind: 'FakeJob', namespace: 'default', name: 'job', uid: 'j1' };

describe('claims of whatever kind', () => {
  test('are respected while their holder goes on, stale when it has ended, is gone or is another one now', async () => {
    await claimed('n1', stageHolder);
    stage.store.set(n1);
    expect(look(me, 'n1')).toMatchObject({ taken: [{ holder: stageHolder }], stale: [], unknown: [] });
    stage.store.set(fake('n1', 's1', { ended: true }));
    expect(look(me, 'n1').stale).toHaveLength(1);
    stage.store.set(fake('n1', 'another'));
    expect(look(me, 'n1').stale).toHaveLength(1);
    stage.store.delete('n1');
    expect(look(me, 'n1').stale).toHaveLength(1);
  });

  test('of a kind that this version does not know are never stale', async () => {
    await claimed('n1', { kind: 'Later', name: 'x', uid: 'l1' });
    expect(look(me, 'n1')).toMatchObject({
      taken: [{ host: 'n1' }],
      stale: [],
      unknown: [{ holder: { kind: 'Later' } }],
    });
    expect(await kinds.hasEnded(api, { kind: 'Later', name: 'x', uid: 'l1' })).toBe(false);
  });

  test('are held against a machine by each of its names, also by the one that it had', async () => {
    await claimed('10.0.0.1', jobHolder);
    job.store.set(fake('job', 'j1', {}, { namespace: 'default' }));
    expect(look(me, 'n1').taken).toEqual([]);
    machines.set({ metadata: { name: 'n1' }, status: { addresses: [{ type: 'InternalIP', address: '10.0.0.1' }] } });
    expect(look(me, 'N1').taken).toHaveLength(1);
    machines.set({ metadata: { name: 'n1' }, status: { addresses: [{ type: 'InternalIP', address: '10.0.0.2' }] } });
    expect(look(me, '10.0.0.1').taken).toHaveLength(1);
  });

  test('that have ended are asked of the API server before they are believed to', async () => {
    await api.create(stages, n1);
    expect(await kinds.hasEnded(api, stageHolder)).toBe(false);
    expect(await kinds.hasEnded(api, { ...stageHolder, uid: 'another' })).toBe(true);
    await api.delete(stages, { name: 'n1' });
    expect(await kinds.hasEnded(api, stageHolder)).toBe(true);
  });
});

describe('who waits', () => {
  test('is everybody who wants the machine, of whatever kind and by whatever name', () => {
    machines.set({ metadata: { name: 'n1' }, status: { addresses: [{ type: 'InternalIP', address: '10.0.0.1' }] } });
    stage.store.set(fake('n1', 's1', { wants: ['n1'], since: '2026-01-01T10:00:00Z' }));
    job.store.set(
      fake('job', 'j1', { wants: ['10.0.0.1', 'n1'], since: '2026-01-01T09:00:00Z' }, { namespace: 'default' }),
    );
    job.store.set(fake('me', 'u1', { wants: ['n1'] }, { namespace: 'default' }));
    expect(look(me, '10.0.0.1').waiting.get('10.0.0.1')).toEqual([
      { kind: 'ClusterStage', key: 'n1', uid: 's1', since: '2026-01-01T10:00:00Z' },
      { kind: 'FakeJob', key: 'default/job', uid: 'j1', since: '2026-01-01T09:00:00Z' },
    ]);
    wakeNext('n1', [], { machines, kinds });
    expect([stage.woken, job.woken]).toEqual([[], ['default/me']]);
  });
});

test('a claim that does not say whose it is keeps others off, and is named by its Lease', async () => {
  await claimed('n1', stageHolder);
  const lease = await api.get(leases, { namespace: 'system', name: claimName('n1') });
  cache.set({ ...lease, metadata: { ...lease.metadata, annotations: {} } });
  expect(look(me, 'N1.', 'n2')).toMatchObject({ taken: [], unreadable: [{ host: 'N1.', lease: keyOf(lease) }] });
});

describe('the children of a holder', () => {
  const child = fake('child', 'c1', {}, { namespace: 'system', ...madeBy(stages, n1) });

  test('are let in under its claim, and wait for each other only', async () => {
    await claimed('n1', stageHolder);
    stage.store.set(n1);
    job.store.set(fake('outside', 'o1', { wants: ['n1'], since: '2026-01-01T08:00:00Z' }, { namespace: 'default' }));
    const wanting = { wants: ['n1'], since: '2026-01-01T09:00:00Z' };
    job.store.set(fake('sibling', 'c2', wanting, { namespace: 'system', ...madeBy(stages, n1) }));
    const seen = look(child, 'n1');
    expect(seen.taken).toEqual([]);
    expect(seen.tickets.get('n1')).toEqual({ within: 's1', ancestors: ['s1'] });
    expect(seen.waiting.get('n1')?.map(({ uid }) => uid)).toEqual(['c2']);
    expect(
      look(me, 'n1')
        .waiting.get('n1')
        ?.map(({ uid }) => uid),
    ).toEqual(['o1', 'c2']);
    wakeNext('n1', ['s1'], { machines, kinds });
    expect(job.woken).toEqual(['default/outside', 'system/sibling']);
  });

  test('of its children are let in as well', async () => {
    await claimed('n1', stageHolder);
    stage.store.set(n1);
    job.store.set(child);
    const grandchild = fake('leaf', 'g1', {}, { namespace: 'system', ...madeBy(jobs, child) });
    expect(look(grandchild, 'n1').tickets.get('n1')).toEqual({ within: 's1', ancestors: ['c1', 's1'] });
    job.store.set({ ...child, metadata: { ...child.metadata, uid: 'another' } });
    expect(look(grandchild, 'n1')).toMatchObject({ taken: [{ holder: stageHolder }] });
  });

  test('are nobody where it makes none, whatever an object says', async () => {
    await claimed('n1', stageHolder);
    stage.store.set(fake('n1', 's1', { makesNothing: true }));
    expect(look(child, 'n1')).toMatchObject({ taken: [{ holder: stageHolder }], tickets: new Map() });
  });

  test('wait while our cache does not show it yet', async () => {
    await claimed('n1', stageHolder);
    expect(look(child, 'n1')).toMatchObject({ taken: [{ holder: stageHolder }], tickets: new Map() });
  });

  test.each([
    ['without the label', { labels: {} }],
    ['without the owner', { ownerReferences: [] }],
    ['of an earlier holder of that name', madeBy(stages, fake('n1', 'earlier'))],
  ])('are nobody %s', async (_what, metadata) => {
    await claimed('n1', stageHolder);
    stage.store.set(n1);
    const copy = fake('copy', 'x1', {}, { ...child.metadata, ...metadata });
    expect(look(copy, 'n1')).toMatchObject({ taken: [{ holder: stageHolder }], tickets: new Map() });
  });
});

describe('a parent of another kind', () => {
  const child = fake('child', 'c1', {}, { namespace: 'system', ...madeBy(stages, n1) });
  const parent = { apiVersion: 'fleetwright.io/v1alpha1', kind: 'ClusterStage', name: 'n1', uid: 's1' };

  test('is gone only when the API server says so: its cache may lag', async () => {
    await api.create(stages, n1);
    expect(await kinds.standingOfParent(api, child, parent)).toBe('there');
    await api.delete(stages, { name: 'n1' });
    expect(await kinds.standingOfParent(api, child, parent)).toBe('gone');
    await api.create(stages, fake('n1', 'another'));
    expect(await kinds.standingOfParent(api, child, parent)).toBe('gone');
  });

  test('is over when it says so', async () => {
    stage.store.set(fake('n1', 's1', { stopped: true }));
    expect(await kinds.standingOfParent(api, child, parent)).toBe('over');
  });

  test('whose kind this version does not know is there: its own controllers see to its children', async () => {
    expect(await kinds.standingOfParent(api, child, { ...parent, kind: 'Later' })).toBe('there');
    expect(await kinds.standingOfParent(api, child, { ...parent, apiVersion: 'example.com/v1' })).toBe('there');
  });

  test('is woken by its children, and they by its end', () => {
    job.store.set(child);
    kinds.wakeRelatives({ type: 'updated', key: 'system/child', object: child });
    expect(stage.woken).toEqual(['n1']);
    kinds.wakeRelatives({ type: 'deleted', key: 'n1', object: n1 });
    expect(job.woken).toEqual(['system/child']);
  });
});
