import { setTimeout as moment } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { appkeyKind } from '../../../apiserver/jobx/appkey-kind.ts';
import { jobxCallers } from '../../../apiserver/jobx/callers.ts';
import { credentialManifests } from '../../../apiserver/credential/manifests.ts';
import { applyManifests } from '../apiserver/credentials.ts';
import { launchFacade, type FacadeProcess } from '../apiserver/process.ts';
import { findCondition } from '../../../kube/conditions.ts';
import { amount, nightly, patience as timeOf, variants } from '../../harness/matrix.ts';
import { Random } from '../../harness/world/random.ts';
import { hostUser } from '../../hosts/hosts.ts';
import { play } from '../../hosts/play.ts';
import { killAtRandom } from '../stack/kills.ts';
import { available, Fleet, skipNote } from './fleet.ts';
import { job } from './objects.ts';

/** Hosts by their number: nine by night, and by day as many as three batches need, one of them with two that differ. */
const byDay = [[0], [1, 2], [3]];
const byNight = [0, 3, 6].map((first) => [first, first + 1, first + 2]);
const batches = nightly ? byNight : byDay;
const all = batches.flat();
/** In the second batch. */
const unlucky = batches[1]?.[0] ?? 1;
const node = (fleet: Fleet): string => batches.map((batch) => fleet.addresses(...batch).join(',')).join(';');

const [seed, kills] = [20_261_127, amount(2, 10)];
/** Milliseconds that controllers work at most before they are killed; on nine hosts a batch takes longer. */
const apart = amount(8_000, 15_000);

/** A line of shell that tells when the host came to this. */
const noted = (what: string): string => `echo ${what} $(date +%s%3N) >> {{ folder }}/{{ mark }}`;

const { data, secret: appkey } = appkeyKind.make();
const headers = { appname: data['appname'] ?? '', appkey };

/** In which the API answers, the same job one after the other. */
const modes = variants(['documented', 'original'], ['documented']);

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

/** Of the numbers at this place of each line. */
function sumOf(lines: unknown, place: number): number {
  return (lines as readonly (readonly unknown[])[]).reduce((sum, line) => sum + Number(line[place]), 0);
}

describe.skipIf(!available.ok)(`a job on a group of SSH hosts, by REST alone${skipNote}`, () => {
  let fleet: Fleet;
  let facade: FacadeProcess | undefined;
  const openFacade = async (mode: string): Promise<void> => {
    await facade?.stop();
    const { namespace, cluster } = fleet.site;
    facade = await launchFacade(cluster.kubeconfigPath, namespace, {
      FLEETWRIGHT_JOBX_MODE: mode,
      FLEETWRIGHT_JOBX_PROJECTS: `7=${namespace}`,
      FLEETWRIGHT_JOBX_CREDENTIALS_SECRET: 'fleet-ssh',
    });
  };
  beforeAll(async () => {
    fleet = await Fleet.open({ leaseSeconds: 10, hosts: all.length });
    const { namespace } = fleet.site;
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
    await openFacade('documented');
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
  const patience = { timeout: amount(120_000, 600_000), interval: 250 };

  test.each(modes.map((mode, before) => ({ mode, before })))(
    'a batch with a failing host holds up the next, also when the controllers are killed; confirmed, ended, undone ' +
      '($mode)',
    { timeout: timeOf(300_000) },
    async ({ mode, before }) => {
      if (mode !== 'documented') {
        await openFacade(mode);
        onTestFinished(() => openFacade('documented'));
      }
      /** What the jobs before have left. */
      const was = '2\n1\n'.repeat(before);
      const web = `web-${mode}`;
      const group = { name: web, group_type: 'list', node: node(fleet) };
      expect(await call('POST', '/group/7', group)).toEqual({ stat: true, data: true });
      const variable = { version: '2', _rollbackVersion_: '1', unlucky: fleet.host(unlucky).address };
      const { uuid = '' } = await call('POST', '/task/7/job/byname', { jobname: 'install', group: web, variable });

      await expect
        .poll(async () => (await subtasks(uuid)).map(({ confirm }) => confirm), patience)
        .toContain('WaitConfirm');
      // As the second batch failed nothing of the third has begun, nor does it when the controllers are others.
      await fleet.site.controllers.kill();
      await fleet.site.controllers.start();
      expect((await subtasks(uuid)).map(({ status }) => status)).toEqual(['success', 'fail', 'init']);
      const held = await fleet.site.tasks.until(() =>
        fleet.site.tasks.all.find(
          ({ status }) => findCondition(status?.conditions, 'Stalled')?.reason === 'WaitConfirm',
        ),
      );
      expect(held).toMatchObject({ spec: { groupRef: expect.anything() }, status: { phase: 'Running' } });
      const begun = new Set(batches.slice(0, 2).flat());
      expect(await versions()).toEqual(all.map((index) => (begun.has(index) ? `${was}2\n` : was)));
      await expect
        .poll(async () => (await fleet.site.claims()).toSorted(), patience)
        .toEqual(fleet.addresses(...all).toSorted());

      const [, failed] = await subtasks(uuid);
      expect(await call('PUT', `/subtask/7/${failed?.uuid}/confirm`)).toEqual({ stat: true, data: 1 });
      await expect.poll(() => statusOf(uuid), patience).toMatchObject({ status: 'fail', name: 'install' });
      expect((await subtasks(uuid)).map(({ status, confirm }) => [status, confirm])).toEqual([
        ['success', ''],
        ['fail', mode === 'original' ? 'task stop' : `flow-${fleet.site.namespace}`],
        ['success', ''],
      ]);
      expect(await versions()).toEqual(all.map(() => `${was}2\n`));
      const plain = { ...headers, accept: 'text/plain' };
      const log = await fetch(`${facade?.url}/slave/fleetwright/log/${uuid}`, { headers: plain });
      expect(await log.text()).toContain(`${fleet.host(unlucky).address} failed fail: no luck`);

      expect(await call('PUT', `/task/7/${uuid}/rollback`)).toEqual({ stat: true, info: 'ok' });
      const back = uuid.slice(0, -1) + uuid.slice(-1).toUpperCase();
      await expect.poll(() => statusOf(back), patience).toMatchObject({ status: 'success' });
      expect(await versions()).toEqual(all.map(() => `${was}2\n1\n`));
      const order = batches.toReversed().map((batch) => fleet.addresses(...batch).join(','));
      expect((await subtasks(back)).map(({ nodelist }) => nodelist)).toEqual(order);
      expect(await call('GET', '/task/7/analysis/last?count=2')).toMatchObject({
        data: [{ status: 'success' }, { status: 'fail' }],
      });
      const jobs = before + 1;
      expect(await call('GET', '/task/7/count')).toEqual({
        stat: true,
        data: { success: jobs, running: 0, fail: jobs },
      });
      const { data: days } = await call('GET', '/task/7/analysis/date');
      const { data: hours } = await call('GET', '/task/7/analysis/hour');
      // A day or an hour may end between the two tasks.
      expect(sumOf(days, 1)).toBe(2 * jobs);
      expect(sumOf(days, 2)).toBe(jobs);
      expect(sumOf(hours, 1)).toBe(2 * jobs);
      const { data: shares } = await call('GET', '/task/7/analysis/runtime');
      expect(sumOf(Object.entries(shares as object), 1)).toBeCloseTo(100, 1);
      await expect.poll(() => fleet.site.claims(), patience).toEqual([]);
    },
  );

  /** When each host of the batch saw it begin and end, in milliseconds: hosts have the clock of this machine. */
  async function seen(batch: readonly number[], mark: string): Promise<readonly (readonly number[])[]> {
    return Promise.all(
      batch.map(async (index) => {
        const lines = (await fleet.onHost(index, mark)).trimEnd().split('\n');
        expect(lines.map((line) => line.split(' ')[0])).toEqual(['begins', 'ends']);
        return lines.map((line) => Number(line.split(' ')[1]));
      }),
    );
  }

  async function standing(uuid: string): Promise<'ahead' | 'under way' | 'over'> {
    const { status } = (await statusOf(uuid)) as { readonly status: string };
    if (status === 'fail' || status === 'success') return 'over';
    return (await subtasks(uuid)).some((batch) => batch.status !== 'init') ? 'under way' : 'ahead';
  }

  test(
    `controllers killed at random moments (${kills}): each host saw the job once, the batches came in order, ` +
      `and after the one that failed none unasked (seed ${seed})`,
    { timeout: timeOf(300_000) },
    async () => {
      const fails = 'test {{ inventory_hostname }} != {{ unlucky }}';
      const steps = `- raw: ${noted('begins')}; sleep 2; ${noted('ends')}; ${fails}`;
      await fleet.site.mustCreate(job('count', { content: play(steps), user: hostUser }));
      await call('POST', '/group/7', { name: 'all', group_type: 'list', node: node(fleet) });
      const random = new Random(seed);
      let killed = 0;
      for (let run = 1; killed < kills; run += 1) {
        if (run > kills) throw new Error(`only ${killed} of ${kills} kills fell within ${kills} runs`);
        const mark = `run-${run}`;
        const variable = { mark, unlucky: fleet.host(unlucky).address };
        const { uuid = '' } = await call('POST', '/task/7/job/byname', { jobname: 'count', group: 'all', variable });
        let goesOn = true;
        const killing = killAtRandom({
          controllers: fleet.site.controllers,
          count: kills - killed,
          random,
          apart,
          standing: async () => (goesOn ? standing(uuid) : 'over'),
          patience: patience.timeout,
        });
        let confirmed = 0;
        try {
          await expect.poll(async () => (await subtasks(uuid))[1]?.confirm, patience).toBe('WaitConfirm');
          // As long as a person thinks about it, kills fall into the wait.
          await moment(random.next() * apart);
          confirmed = Date.now();
          await call('PUT', `/subtask/7/${(await subtasks(uuid))[1]?.uuid}/confirm`);
          await expect.poll(() => statusOf(uuid), patience).toMatchObject({ status: 'fail' });
        } finally {
          goesOn = false;
          killed += await killing;
        }
        expect((await subtasks(uuid)).map(({ status }) => status)).toEqual(['success', 'fail', 'success']);
        const times = await Promise.all(batches.map(async (batch) => (await seen(batch, mark)).flat()));
        const [first = [], second = [], third = []] = times;
        expect(Math.max(...first)).toBeLessThanOrEqual(Math.min(...second));
        expect(Math.max(...second)).toBeLessThan(confirmed);
        expect(confirmed).toBeLessThanOrEqual(Math.min(...third));
        await expect.poll(() => fleet.site.claims(), patience).toEqual([]);
      }
    },
  );

  test(
    'a host that cannot be reached holds up the next batch, and a stop ends the task',
    { timeout: timeOf(120_000) },
    async () => {
      const away = fleet.host(all.length - 1);
      await away.stop();
      const nodes = `${away.address};${fleet.addresses(0).join(',')}`;
      await call('POST', '/group/7', { name: 'away', group_type: 'list', node: nodes });
      const variable = { version: '3', unlucky: '' };
      const { uuid = '' } = await call('POST', '/task/7/job/byname', { jobname: 'install', group: 'away', variable });
      await expect.poll(async () => (await subtasks(uuid))[0]?.confirm, patience).toBe('WaitConfirm');
      expect(await call('DELETE', `/task/7/${uuid}`)).toEqual({ stat: true });
      await expect.poll(() => statusOf(uuid), patience).toMatchObject({ status: 'fail' });
      expect((await subtasks(uuid)).map(({ status }) => status)).toEqual(['fail', 'cancel']);
      expect(await fleet.onHost(0, 'versions')).not.toContain('3');
    },
  );
});
