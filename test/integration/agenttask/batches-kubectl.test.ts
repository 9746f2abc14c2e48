import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { AgentTask } from '../../../crds/types/agenttask.ts';
import { nightly, patience } from '../../harness/matrix.ts';
import { available, Fleet, skipNote } from './fleet.ts';

/** Hosts by their number: nine by night, and by day as many as three batches need, one of them with two that differ. */
const batches = nightly ? [0, 3, 6].map((first) => [first, first + 1, first + 2]) : [[0], [1, 2], [3]];
const all = batches.flat();
const sizes = batches.map(({ length }) => String(length));
/** In the second batch: it fails when it is seen for the first time. */
const unlucky = batches[1]?.[0] ?? 1;
const once =
  'test -e {{ folder }}/seen || { touch {{ folder }}/seen; test {{ inventory_hostname }} != {{ unlucky }}; }';

describe.skipIf(!available.ok)(`a run on a group of SSH hosts, by kubectl alone${skipNote}`, () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await Fleet.open({ leaseSeconds: 10, hosts: all.length });
    const inventory = `# all of them\n${fleet.addresses(...all).join('\n')}\n`;
    await fleet.site.mustCreate(
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'fleet' }, data: { hosts: inventory } },
      {
        apiVersion: 'fleetwright.io/v1alpha1',
        kind: 'DeployGroup',
        metadata: { name: 'fleet' },
        spec: { type: 'Percent', nodes: { inventory: { name: 'fleet' } }, percent: sizes },
      },
    );
  });
  afterAll(() => fleet.close());

  /** Resolves when the task waits for somebody before the batch. */
  async function asks(batch: number, why: string): Promise<AgentTask> {
    return fleet.site.tasks.until(() => {
      const task = fleet.site.tasks.get('roll');
      const { waiting } = task?.status ?? {};
      return waiting?.batch === batch && waiting.reason === why ? task : undefined;
    });
  }

  async function confirm({ status }: AgentTask, answer: object = {}): Promise<void> {
    const { batch, revision } = status?.waiting ?? {};
    await fleet.site.patchTask('roll', { confirm: { batch, revision, user: 'alice', ...answer } });
  }

  const lines = async (name: string): Promise<readonly string[]> =>
    Promise.all(all.map(async (index) => (await fleet.onHost(index, name)).trimEnd()));

  test(
    'a host that failed is tried again, a batch is confirmed at its point, and the run is taken back in reverse',
    { timeout: patience(300_000) },
    async () => {
      const steps = `- raw: echo 2 >> {{ folder }}/installed\n- raw: ${once}`;
      const { hosts: _, ...common } = fleet.spec([], steps);
      await fleet.site.createTask('roll', {
        ...common,
        groupRef: { name: 'fleet' },
        rollout: { confirmBefore: [3], deadlineSeconds: 3600 },
        variables: { unlucky: fleet.host(unlucky).address },
      });
      const failed = await asks(3, 'BatchFailed');
      expect(failed.status?.batches?.map(({ phase }) => phase)).toEqual([
        'Succeeded',
        expect.stringMatching('Failed|PartlySucceeded'),
        'Pending',
      ]);
      const early = { confirm: { batch: 3, revision: '000000000000', user: 'alice' } };
      const refused = await fleet.site.run(
        'patch',
        'agenttask',
        'roll',
        '--type=merge',
        '-p',
        JSON.stringify({ spec: early }),
      );
      expect(refused.stderr).toContain('spec.confirm: Forbidden: the task does not wait for this');
      await confirm(failed, { action: 'Retry', hosts: fleet.addresses(unlucky) });
      // The batch is well now: what is left is its point.
      await confirm(await asks(3, 'ConfirmPoint'), { action: 'Proceed', hosts: null });
      const { status } = await fleet.site.tasks.ended('roll');
      expect(status).toMatchObject({ phase: 'Succeeded', summary: { total: all.length, failed: 0, unreachable: 0 } });
      expect(status?.decisions?.map(({ user, action }) => `${user} ${action}`)).toEqual([
        'alice Retry',
        'alice Proceed',
      ]);
      expect(await lines('installed')).toEqual(all.map((index) => (index === unlucky ? '2\n2' : '2')));

      const back = fleet.spec([], '- raw: echo {{ ip }} >> {{ folder }}/taken-back');
      await fleet.site.createTask('back', {
        ...back,
        hosts: undefined,
        groupRef: { name: 'fleet' },
        rollbackOf: { name: 'roll' },
      });
      const undone = await fleet.site.tasks.ended('back');
      const order = batches.toReversed().map((batch) => fleet.addresses(...batch));
      expect(undone.status?.batches?.map(({ hosts }) => hosts)).toEqual(order);
      const ip = batches.flatMap((batch) => batch.map(() => fleet.addresses(...batch).join(',')));
      expect(await lines('taken-back')).toEqual(ip);
      await expect.poll(() => fleet.site.claims(), { timeout: 60_000, interval: 250 }).toEqual([]);
    },
  );
});
