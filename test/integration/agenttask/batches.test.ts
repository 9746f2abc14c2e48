import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { appkeyKind } from '../../../apiserver/jobx/appkey-kind.ts';
import { jobxCallers } from '../../../apiserver/jobx/callers.ts';
import { credentialManifests } from '../../../apiserver/credential/manifests.ts';
import { applyManifests } from '../apiserver/credentials.ts';
import { launchFacade, type FacadeProcess } from '../apiserver/process.ts';
import { nightly } from '../../harness/matrix.ts';
import { hostUser } from '../../hosts/hosts.ts';
import { play } from '../../hosts/play.ts';
import { available, Fleet, skipNote } from './fleet.ts';
import { job } from './objects.ts';

/** Hosts by their number: nine by night, and by day as many as three batches need, one of them with two that differ. */
const byDay = [[0], [1, 2], [3]];
const byNight = [0, 3, 6].map((first) => [first, first + 1, first + 2]);
const batches = nightly ? byNight : byDay;
const all = batches.flat();
/** In the second batch. */
const unlucky = batches[1]?.[0] ?? 1;

const { data, secret: appkey } = appkeyKind.make();
const headers = { appname: data['appname'] ?? '', appkey };

interface Answer {
  readonly stat: boolean;
  readonly uuid?: string;
  readonly info?: string;
  readonly data?: unknown;
}

interface Subtask {
  readonly uuid: string;
  readonly nodelist: string;
  readonly status: string;
  readonly confirm: string;
}

describe.skipIf(!available.ok)(`a job on a group of SSH hosts, by REST alone${skipNote}`, () => {
  let fleet: Fleet;
  let facade: FacadeProcess | undefined;
  beforeAll(async () => {
    fleet = await Fleet.open({ leaseSeconds: 6, hosts: all.length });
    const { namespace, cluster } = fleet.site;
    const user = `flow-${namespace}`;
    await applyManifests(
      credentialManifests({
        name: 'flow',
        callers: jobxCallers,
        credential: { data, secret: appkey, use: '' },
        user,
        namespace,
        taskNamespaces: [namespace],
      }),
    );
    const steps =
      '- raw: echo {{ version }} >> {{ folder }}/versions\n' +
      '- fail: {msg: no luck}\n  when: version == "2" and inventory_hostname == unlucky';
    const content = play(steps);
    await fleet.site.mustCreate(job('install', { content, user: hostUser }));
    facade = await launchFacade(cluster.kubeconfigPath, namespace, {
      FLEETWRIGHT_JOBX_PROJECTS: `7=${namespace}`,
      FLEETWRIGHT_JOBX_CREDENTIALS_SECRET: 'fleet-ssh',
    });
  });
  afterAll(async () => {
    await facade?.stop();
    await fleet.close();
  });

  const call = async (method: string, path: string, body?: object): Promise<Answer> => {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(`${facade?.url}${path}`, { method, headers, ...sent });
    expect(answer.status).toBe(200);
    return (await answer.json()) as Answer;
  };
  const subtasks = async (uuid: string): Promise<readonly Subtask[]> =>
    (await call('GET', `/subtask/7/${uuid}`)).data as readonly Subtask[];
  const statusOf = async (uuid: string): Promise<unknown> => (await call('GET', `/task/7/${uuid}`)).data;
  const versions = (): Promise<readonly string[]> => Promise.all(all.map((index) => fleet.onHost(index, 'versions')));
  const patience = { timeout: 120_000, interval: 250 };

  test(
    'a batch with a failing host holds up the next, also when the controllers are killed; confirmed, ended, undone',
    { timeout: 300_000 },
    async () => {
      const node = batches.map((batch) => fleet.addresses(...batch).join(',')).join(';');
      expect(await call('POST', '/group/7', { name: 'web', group_type: 'list', node })).toEqual({
        stat: true,
        data: true,
      });
      const variable = { version: '2', _rollbackVersion_: '1', unlucky: fleet.host(unlucky).address };
      const { uuid = '' } = await call('POST', '/task/7/job/byname', { jobname: 'install', group: 'web', variable });

      await expect
        .poll(async () => (await subtasks(uuid)).map(({ confirm }) => confirm), patience)
        .toContain('WaitConfirm');
      // As the second batch failed nothing of the third has begun, nor does it when the controllers are others.
      await fleet.site.controllers.kill();
      await fleet.site.controllers.start();
      expect((await subtasks(uuid)).map(({ status }) => status)).toEqual(['success', 'fail', 'init']);
      const held = await fleet.site.tasks.until(() =>
        fleet.site.tasks.all.find(({ spec, status }) => spec.groupRef !== undefined && status?.phase === 'Running'),
      );
      expect(held.status?.conditions?.find(({ type }) => type === 'Stalled')).toMatchObject({ reason: 'WaitConfirm' });
      const begun = new Set(batches.slice(0, 2).flat());
      expect(await versions()).toEqual(all.map((index) => (begun.has(index) ? '2\n' : '')));
      await expect
        .poll(async () => (await fleet.site.claims()).toSorted(), patience)
        .toEqual(fleet.addresses(...all).toSorted());

      const [, failed] = await subtasks(uuid);
      expect(await call('PUT', `/subtask/7/${failed?.uuid}/confirm`)).toEqual({ stat: true, data: 1 });
      await expect.poll(() => statusOf(uuid), patience).toMatchObject({ status: 'fail', name: 'install' });
      expect((await subtasks(uuid)).map(({ status, confirm }) => [status, confirm])).toEqual([
        ['success', ''],
        ['fail', `flow-${fleet.site.namespace}`],
        ['success', ''],
      ]);
      expect(await versions()).toEqual(all.map(() => '2\n'));
      const log = await fetch(`${facade?.url}/slave/fleetwright/log/${uuid}`, { headers });
      expect(await log.text()).toContain(`${fleet.host(unlucky).address} failed fail: no luck`);

      expect(await call('PUT', `/task/7/${uuid}/rollback`)).toEqual({ stat: true, info: 'ok' });
      const back = uuid.slice(0, -1) + uuid.slice(-1).toUpperCase();
      await expect.poll(() => statusOf(back), patience).toMatchObject({ status: 'success' });
      expect(await versions()).toEqual(all.map(() => '2\n1\n'));
      const order = batches.toReversed().map((batch) => fleet.addresses(...batch).join(','));
      expect((await subtasks(back)).map(({ nodelist }) => nodelist)).toEqual(order);
      expect(await call('GET', '/task/7/analysis/last')).toMatchObject({
        data: [{ status: 'success' }, { status: 'fail' }],
      });
      await expect.poll(() => fleet.site.claims(), patience).toEqual([]);
    },
  );

  test('a host that cannot be reached lets no further batch begin unasked, and a stop ends the task', async () => {
    const away = fleet.host(all.length - 1);
    await away.stop();
    const node = `${away.address};${fleet.addresses(0).join(',')}`;
    await call('POST', '/group/7', { name: 'away', group_type: 'list', node });
    const variable = { version: '3', unlucky: '' };
    const { uuid = '' } = await call('POST', '/task/7/job/byname', { jobname: 'install', group: 'away', variable });
    await expect.poll(async () => (await subtasks(uuid))[0]?.confirm, patience).toBe('WaitConfirm');
    expect(await call('DELETE', `/task/7/${uuid}`)).toEqual({ stat: true });
    await expect.poll(() => statusOf(uuid), patience).toMatchObject({ status: 'fail' });
    expect((await subtasks(uuid)).map(({ status }) => status)).toEqual(['fail', 'cancel']);
    expect(await fleet.onHost(0, 'versions')).not.toContain('3');
  });
});
