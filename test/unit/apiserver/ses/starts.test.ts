import { describe, expect, test } from 'vitest';

import { historyFinalizer, requestedByAnnotation, requestIdAnnotation } from '../../../../crds/labels.ts';
import type {
  RollingUpgrade,
  RollingUpgradeSpec,
  RollingUpgradeStatus,
} from '../../../../crds/types/rollingupgrade.ts';
import { ConflictError, ForbiddenError } from '../../../../kube/errors.ts';
import type { ObjectMeta } from '../../../../kube/objects.ts';
import { rollingUpgrade } from '../../../harness/rollingupgrade/objects.ts';
import { sesFacade } from './app.ts';

const check = '/api/v2/cluster/rollingUpgradePreCheck';
const begin = '/api/v2/cluster/rollingUpgradeCluster';
const body = { serviceGroupInstanceNo: '3427188', targetVersionCode: '290' };

function upgrade(
  name: string,
  spec: Partial<RollingUpgradeSpec> = {},
  status: RollingUpgradeStatus = {},
  metadata: Partial<ObjectMeta> = {},
): RollingUpgrade {
  const object = rollingUpgrade(name, ['os-1', 'os-2', 'os-3'], spec);
  const creationTimestamp = '2026-01-01T00:00:00Z';
  return { ...object, metadata: { ...object.metadata, uid: name, creationTimestamp, ...metadata }, status };
}

/** As somebody has described the cluster, with what only he can know. */
const description = upgrade('search', { dryRun: true, targetVersion: '2.8.0', healthTimeoutSeconds: 60 });

/** What the controllers say of an upgrade, as the condition that says so. */
function said(type: 'Ready' | 'Stalled' | 'not Ready', reason: string, more: RollingUpgradeStatus = {}) {
  const statement = { status: 'True', reason, message: `because of ${reason}`, lastTransitionTime: '' } as const;
  const ready = { ...statement, type: 'Ready', status: type === 'Ready' ? 'True' : 'False' } as const;
  const conditions = type === 'Stalled' ? [ready, { ...statement, type }] : [ready];
  return { phase: 'Pending', conditions, ...more } satisfies RollingUpgradeStatus;
}

const objections = said('Stalled', 'PreflightFailed', {
  preflight: [
    { check: 'Health', severity: 'Error', message: 'the cluster is red' },
    { check: 'Replicas', severity: 'Error', message: 'index docs has none' },
    { check: 'Nodes', severity: 'Warning', message: 'there are few' },
  ],
});

const yes = { status: 200, body: { code: 0, message: 'SUCCESS', result: true } };
const no = (message: string): object => ({ status: 400, body: { code: 400, message, result: null } });

describe('whether an upgrade can begin', () => {
  test('is seen by a dry run in the name of the caller, which goes again', async () => {
    const made: RollingUpgrade[] = [];
    const facade = await sesFacade([description], {
      controllers(object) {
        made.push(object);
        return said('Ready', 'Planned');
      },
    });
    expect(await facade.call(check, body)).toMatchObject(yes);
    expect(facade.client.calls).toEqual(['create', 'delete']);
    const [{ metadata, spec } = description] = made;
    expect(spec).toEqual({ ...description.spec, targetVersion: '2.9.0', dryRun: true });
    expect(metadata.annotations?.[requestedByAnnotation]).toBe('ann');
    expect(metadata.annotations?.[requestIdAnnotation]).toMatch(/^[0-9a-f-]{36}$/);
    expect(metadata.name).toMatch(/^check-3427188-[0-9a-f]{8}$/);
    expect(metadata.finalizers ?? []).not.toContain(historyFinalizer);
  });

  test('is answered with all that stands against it', async () => {
    const facade = await sesFacade([description], { controllers: () => objections });
    const message = 'Health: the cluster is red; Replicas: index docs has none';
    expect(await facade.call(check, body)).toMatchObject(no(message));
    expect(facade.client.objects.size).toBe(0);
  });

  test.each<[string, RollingUpgradeStatus | undefined, string]>([
    ['what it waits for', said('Stalled', 'JobNotFound'), 'because of JobNotFound'],
    ['why the cluster does not answer', said('not Ready', 'OpenSearchUnreachable'), 'because of OpenSearchUnreachable'],
    ['that nobody has looked', undefined, 'the controllers have not looked at it yet'],
  ])('is answered with %s', async (_, status, message) => {
    const facade = await sesFacade([description], { controllers: () => status });
    expect(await facade.call(check, body)).toMatchObject(no(message));
    expect(facade.client.calls).toEqual(['create', 'delete']);
  });
});

describe('an upgrade', () => {
  test('is begun with all that the description says but what steered that one', async () => {
    const confirm = { node: 'search-0', user: 'ann' };
    const facade = await sesFacade([{ ...description, spec: { ...description.spec, paused: true, confirm } }], {
      controllers: () => ({ phase: 'Running', startTime: '2026-01-02T00:00:00Z' }),
    });
    expect(await facade.call(begin, body)).toMatchObject(yes);
    const [made] = facade.client.objects.values();
    const { dryRun: _, ...spec } = description.spec;
    expect(made?.spec).toEqual({ ...spec, targetVersion: '2.9.0' });
    expect(made?.metadata.annotations?.[requestedByAnnotation]).toBe('ann');
    expect(facade.logged()).toContain('upgrade asked for');
  });

  test.each(['OtherUpgrade', 'HostClaimed'])('that waits for its turn (%s) is begun', async (reason) => {
    const facade = await sesFacade([description], { controllers: () => said('not Ready', reason) });
    expect(await facade.call(begin, body)).toMatchObject(yes);
    expect(facade.client.objects.size).toBe(1);
  });

  test('that nobody has looked at stays, and begins when it can', async () => {
    const facade = await sesFacade([description]);
    expect(await facade.call(begin, body)).toMatchObject(yes);
    expect(facade.client.objects.size).toBe(1);
  });

  test('against which something stands does not stay', async () => {
    const facade = await sesFacade([description], { controllers: () => objections });
    expect(await facade.call(begin, body)).toMatchObject(
      no('Health: the cluster is red; Replicas: index docs has none'),
    );
    expect(facade.client.objects.size).toBe(0);
  });

  test('that begins at the moment at which it is to be taken back goes on', async () => {
    const facade = await sesFacade([description], {
      controllers: ({ metadata }) =>
        metadata.resourceVersion === '2' ? objections : { phase: 'Running', startTime: '2026-01-02T00:00:00Z' },
    });
    const { client } = facade;
    const remove = client.delete.bind(client);
    client.delete = async (type, key, options) => {
      expect(options).toEqual({ uid: 'uid-1', resourceVersion: '2' });
      const [made] = client.objects.values();
      if (made === undefined || made.metadata.resourceVersion !== '2') return remove(type, key, options);
      client.put(made);
      throw new ConflictError(409, { message: 'the object has been modified' }, 'DELETE');
    };
    expect(await facade.call(begin, body)).toMatchObject(yes);
    expect(client.objects.size).toBe(1);
  });

  const open = upgrade('open', {}, { phase: 'Running' });
  test('that goes on already is not begun again', async () => {
    const facade = await sesFacade([description, open]);
    expect(await facade.call(begin, body)).toMatchObject(yes);
    const other = { ...body, targetVersionCode: '2111' };
    const message = 'Cluster 3427188 is being upgraded to 290 already: wait until that has ended';
    expect(await facade.call(begin, other)).toMatchObject(no(message));
    expect(facade.client.calls).toEqual([]);
  });

  test('that is asked for at two facades at once is one', async () => {
    const ended = upgrade('ended', {}, { phase: 'Failed', startTime: '2026-01-02T00:00:00Z' });
    const facade = await sesFacade([description, ended]);
    facade.client.onWrite = () => undefined;
    expect(await facade.call(begin, body)).toMatchObject(yes);
    expect(await facade.call(begin, body)).toMatchObject(yes);
    expect(await facade.call(begin, { ...body, targetVersionCode: '2111' })).toMatchObject({ status: 400 });
    expect(facade.client.objects.size).toBe(1);
    expect([...facade.client.objects.values()][0]?.metadata.name).toMatch(/^ses-3427188-[0-9a-f]{12}$/);
  });

  test('has another name than the one before it', async () => {
    const names = new Set<string>();
    for (const uid of ['first', 'second']) {
      const ended = upgrade(uid, {}, { phase: 'Failed', startTime: '2026-01-02T00:00:00Z' });
      const facade = await sesFacade([description, ended]);
      await facade.call(begin, body);
      for (const { metadata } of facade.client.objects.values()) names.add(metadata.name);
    }
    expect(names.size).toBe(2);
  });
});

describe('a cluster is described', () => {
  const good = { controllers: (): RollingUpgradeStatus => ({ phase: 'Running' }) };
  const timeIn = async (upgrades: readonly RollingUpgrade[]): Promise<number | undefined> => {
    const facade = await sesFacade(upgrades, good);
    await facade.call(begin, body);
    return [...facade.client.objects.values()][0]?.spec.healthTimeoutSeconds;
  };

  test('by a dry run of somebody rather than by a later one of a call, and by the latest of several', async () => {
    const byRest = upgrade(
      'check',
      { dryRun: true, healthTimeoutSeconds: 10 },
      {},
      {
        creationTimestamp: '2026-01-03T00:00:00Z',
        annotations: { [requestedByAnnotation]: 'ann' },
      },
    );
    const later = upgrade(
      'later',
      { dryRun: true, healthTimeoutSeconds: 70 },
      {},
      {
        creationTimestamp: '2026-01-02T00:00:00Z',
      },
    );
    expect(await timeIn([description, byRest])).toBe(60);
    expect(await timeIn([description, later, byRest])).toBe(70);
  });

  test('else by its latest upgrade', async () => {
    const ended = upgrade('ended', { healthTimeoutSeconds: 80 }, { phase: 'Succeeded' });
    expect(await timeIn([ended])).toBe(80);
  });

  test('or not at all', async () => {
    const facade = await sesFacade([upgrade('elsewhere', {}, {}, { namespace: 'elsewhere' })], good);
    const message = 'There is no cluster 3427188: ask the operator to describe it by a RollingUpgrade';
    for (const url of [check, begin])
      expect(await facade.call(url, body)).toMatchObject({ status: 404, body: { code: 404, message, result: null } });
  });

  test('a moment ago, which the cache does not show', async () => {
    const facade = await sesFacade([], { live: [description], ...good });
    expect(await facade.call(begin, body)).toMatchObject(yes);
  });
});

describe('the version', () => {
  test.each([
    ['missing', undefined, 'Target version code is not allowed to be empty'],
    ['empty', '', 'Target version code is not allowed to be empty'],
    ['no code', '29', 'targetVersionCode is not the code of a version: send for example "290" for 2.9.0'],
    ['an object', {}, 'targetVersionCode is not the code of a version: send for example "290" for 2.9.0'],
    ['not offered', '2180', 'targetVersionCode is not one of those that are offered: 290, 2111'],
  ])('is refused when it is %s', async (_, targetVersionCode, message) => {
    const facade = await sesFacade([description], { versions: ['2.9.0', '2.11.1'] });
    for (const url of [check, begin])
      expect(await facade.call(url, { ...body, targetVersionCode })).toMatchObject(no(message));
  });

  test.each<[unknown, string]>([
    ['290', '2.9.0'],
    [2111, '2.11.1'],
    ['2.9.0', '2.9.0'],
    ['7102', '7.10.2'],
  ])('%s is %s', async (targetVersionCode, version) => {
    const facade = await sesFacade([description], { controllers: () => ({ phase: 'Running' }) });
    expect(await facade.call(begin, { ...body, targetVersionCode })).toMatchObject(yes);
    expect([...facade.client.objects.values()][0]?.spec.targetVersion).toBe(version);
  });
});

test('who may not make upgrades is told so by the gateway', async () => {
  const facade = await sesFacade([description]);
  const message = 'rollingupgrades.fleetwright.io is forbidden: User "ann" cannot create resource';
  facade.client.faults.push({ error: new ForbiddenError(403, { message }, 'POST'), done: false });
  expect(await facade.call(begin, body)).toMatchObject({
    status: 403,
    body: { error: { errorCode: '230', message: 'Forbidden', details: `denied: ${message}` } },
  });
});
