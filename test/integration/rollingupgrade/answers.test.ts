import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { isFrozen } from '../../../controllers/rollingupgrade/allocation.ts';
import type { ClusterLook, EngineNode } from '../../../controllers/rollingupgrade/engine/engine.ts';
import { NoManagerError } from '../../../controllers/rollingupgrade/engine/errors.ts';
import { OpenSearch } from '../../../controllers/rollingupgrade/engine/opensearch.ts';
import { absenceOf } from '../../../controllers/rollingupgrade/returning.ts';
import { isFinal, onlyCopyOn, unsettledBy, type Placement } from '../../../controllers/rollingupgrade/settled.ts';
import { OutsideClient } from '../../../controllers/shared/outside/client.ts';
import { OutsideError, RefusalError } from '../../../controllers/shared/outside/errors.ts';
import { patience } from '../../harness/matrix.ts';
import { openSearchAvailable } from '../../opensearch/available.ts';
import { OpenSearchCluster } from '../../opensearch/cluster.ts';

/*
 * How real nodes answer what an upgrade asks, where it is not what one would think. Each test leaves the cluster whole;
 * the later ones find one of its nodes upgraded.
 */

const available = await openSearchAvailable();
const skipNote = available.ok ? '' : ` (skipped: ${available.reason})`;
const names = ['os-1', 'os-2', 'os-3'];
const versions = ['2.7.0', '2.9.0'] as const;
const allocation = 'cluster.routing.allocation.enable';
const waiting = { timeout: patience(180_000), interval: 200 };

describe.skipIf(!available.ok)(`real nodes of OpenSearch${skipNote}`, () => {
  let cluster: OpenSearchCluster;
  let client: OutsideClient;
  let engine: OpenSearch;
  beforeAll(async () => {
    const nodes = names.map((name) => ({ name, roles: ['cluster_manager', 'data'] }));
    cluster = await OpenSearchCluster.start('search', nodes, versions, (line) => console.log(line));
    client = new OutsideClient({ system: 'OpenSearch', endpoints: cluster.urls });
    engine = new OpenSearch(client);
    await put('/docs', { settings: { number_of_shards: 2, number_of_replicas: 1 } });
    await cluster.untilGreen();
  }, patience(300_000));
  afterAll(async () => {
    await client?.close();
    await cluster?.stop();
  }, 60_000);

  test('a survey tells of disks, versions of indices, votes and plugins', async () => {
    const [disk] = (await engine.survey('nonesuch')).disks;
    expect(disk?.available).toBeGreaterThan(0);
    expect(disk?.total).toBeGreaterThan(disk?.available ?? 0);
    const threshold = 'cluster.routing.allocation.disk.threshold_enabled';
    expect((await engine.survey(undefined)).lowWatermark).toBeUndefined();
    await put('/_cluster/settings', { persistent: { [threshold]: true } });
    await post('/_cluster/voting_config_exclusions?node_names=nonesuch');
    const survey = await engine.survey('nonesuch');
    await put('/_cluster/settings', { persistent: { [threshold]: null } });
    await call('DELETE', '/_cluster/voting_config_exclusions?wait_for_removal=false');
    expect(await engine.runningSnapshots()).toEqual([]);
    expect(survey).toMatchObject({
      indices: [{ name: 'docs', replicas: 1, created: { engine: 'OpenSearch', version: '2.7.0' } }],
      lowWatermark: '85%',
      votingExclusions: ['nonesuch'],
      plugins: [],
      snapshots: undefined,
    });
    expect((await engine.survey(undefined)).votingExclusions).toEqual([]);
  });

  test('a snapshot is begun once, followed by its name, and the latest one when it is whole', async () => {
    await cluster.addRepository('nightly');
    expect((await engine.survey('nightly')).snapshots).toEqual({ latest: undefined });
    expect(await engine.snapshotState('nightly', 'before')).toBeUndefined();
    await engine.takeSnapshot('nightly', 'before');
    await engine.takeSnapshot('nightly', 'before');
    await expect.poll(async () => engine.snapshotState('nightly', 'before'), waiting).toBe('SUCCESS');
    expect((await engine.survey('nightly')).snapshots?.latest?.name).toBe('before');
    expect(await engine.runningSnapshots()).toEqual([]);
    await expect(engine.snapshotState('nonesuch', 'before')).rejects.toThrow(OutsideError);
  });

  test('a transient setting wins over a persistent one, which the answer to the change does not show', async () => {
    await put('/_cluster/settings', { transient: { [allocation]: 'ALL' } });
    await engine.setAllocation('primaries');
    const under = await engine.look();
    await put('/_cluster/settings', { transient: { [allocation]: null } });
    const alone = await engine.look();
    await engine.setAllocation(undefined);
    expect(under.allocation).toEqual({ persistent: 'primaries', transient: 'ALL' });
    expect([isFrozen(under.allocation), isFrozen(alone.allocation)]).toEqual([false, true]);
    expect((await engine.look()).allocation).toEqual({});
  });

  test('an index that is made frozen lacks its replica; one with a setting of its own does not', async () => {
    await engine.setAllocation('primaries');
    await put('/made-frozen', { settings: { number_of_shards: 1, number_of_replicas: 1 } });
    const own = { number_of_shards: 1, number_of_replicas: 1, 'index.routing.allocation.enable': 'all' };
    await put('/own-setting', { settings: own });
    await expect.poll(async () => copiesOf(await placement(), 'own-setting'), waiting).toEqual(['STARTED', 'STARTED']);
    const { copies, explanations } = await placement();
    expect(copiesOf({ copies }, 'made-frozen')).toEqual(['STARTED', 'UNASSIGNED']);
    const holder = copies.find(({ index, primary }) => index === 'made-frozen' && primary)?.node ?? '';
    expect(onlyCopyOn(holder, { copies }, new Set())).toBe(
      'no other node has a working copy of shard 0 of index made-frozen',
    );
    const explanation = explanations.find(({ copy }) => copy.index === 'made-frozen');
    expect(explanation?.against.map(({ decider }) => decider)).toContain('enable');
    expect(unsettledBy({ copies, explanations })).toContain('made-frozen is not placed yet: no; decider enable');
    await engine.setAllocation(undefined);
    await settled();
    expect(new Set((await engine.copies()).map(({ state }) => state))).toEqual(new Set(['STARTED']));
  });

  test('a copy that has its place is not explained, and nothing is explained without being named', async () => {
    const [copy] = await engine.copies();
    if (copy === undefined) throw new Error('there is no copy');
    expect(await engine.explain(copy)).toBeUndefined();
    await expect(call('GET', '/_cluster/allocation/explain')).rejects.toThrow(RefusalError);
  });

  test('a node is back by its process alone, and the cluster settled only when all copies are placed', async () => {
    const look = await engine.look();
    const before = nodeIn(look, look.manager);
    const machine = cluster.machine(before.name);
    await engine.setAllocation('primaries');
    await machine.stop();
    // Its successor may count the manager that is gone, and call the cluster green.
    const gone = await looks(({ manager }) => manager !== before.name);
    await machine.install('2.9.0');
    await machine.start();
    const returning = await looks((seen) => absenceOf(current(before), seen, '2.9.0') === undefined);
    const away = [...gone, ...returning.slice(0, -1)].map((seen) => absenceOf(current(before), seen, '2.9.0'));
    expect(away, 'what was said while it was away').not.toContain(undefined);
    expect(nodeIn(await engine.look(), before.name).version).toBe('2.9.0');
    await engine.setAllocation(undefined);
    await settled();
    expect((await engine.look()).health, 'health when it is settled').toBe('green');
  });

  test('a replica whose primary is on a newer node has no place for its version: that is settled', async () => {
    const upgraded = (await engine.look()).nodes.find(({ version }) => version === '2.9.0')?.name ?? '';
    const require = 'index.routing.allocation.require._name';
    await put('/newer', { settings: { number_of_shards: 1, number_of_replicas: 0, [require]: upgraded } });
    await expect.poll(async () => copiesOf(await placement(), 'newer'), waiting).toEqual(['STARTED']);
    await put('/newer/_settings', { [require]: null, 'index.number_of_replicas': 1 });
    await settled();
    const { copies, explanations } = await placement();
    expect(copiesOf({ copies }, 'newer')).toEqual(['STARTED', 'UNASSIGNED']);
    expect(explanations.map((each) => isFinal(each))).toEqual([true]);
    expect(new Set(explanations[0]?.against.map(({ decider }) => decider))).toEqual(
      new Set(['node_version', 'same_shard']),
    );
    expect((await engine.look()).health).toBe('yellow');
    await call('DELETE', '/newer');
  });

  test('a node that stands still does not pass for one that is there', async () => {
    const { manager, nodes } = await engine.look();
    const still = nodes.find(({ name }) => name !== manager)?.name ?? '';
    const machine = cluster.machine(still);
    await machine.freeze();
    try {
      await expect
        .poll(async () => {
          const look = await engine.look().catch(passingTrouble);
          const node = look?.nodes.find(({ name }) => name === still);
          return look !== undefined && node?.version === undefined;
        }, waiting)
        .toBe(true);
    } finally {
      await machine.thaw();
    }
    await expect
      .poll(async () => (await engine.look().catch(passingTrouble))?.nodes.length, waiting)
      .toBe(names.length);
    await settled();
  });

  test('nodes without a manager are not believed', async () => {
    const [one, two] = cluster.machines;
    await Promise.all([one?.stop('SIGKILL'), two?.stop('SIGKILL')]);
    await expect
      .poll(
        async () =>
          engine.look().then(
            () => undefined,
            (error: unknown) => error,
          ),
        waiting,
      )
      .toBeInstanceOf(NoManagerError);
    await Promise.all([one?.start(), two?.start()]);
    await expect
      .poll(async () => (await engine.look().catch(passingTrouble))?.nodes.length, waiting)
      .toBe(names.length);
    await settled();
  });

  async function placement(): Promise<Placement> {
    const copies = await engine.copies();
    const nowhere = copies.filter(({ state }) => state === 'UNASSIGNED');
    const explanations = await Promise.all(nowhere.map((copy) => engine.explain(copy)));
    return { copies, explanations: explanations.flatMap((each) => each ?? []) };
  }

  async function heldBy(): Promise<string | undefined> {
    return placement().then(unsettledBy, (error: unknown) => passingTrouble(error) ?? 'it cannot be asked');
  }

  /** Two looks in a row, as an upgrade takes them. */
  async function settled(): Promise<void> {
    await expect
      .poll(async () => {
        const first = await heldBy();
        if (first !== undefined) return first;
        await delay(500);
        return heldBy();
      }, waiting)
      .toBeUndefined();
  }

  /** @returns what was seen until something is so, with the last look */
  async function looks(isSo: (look: ClusterLook) => boolean): Promise<readonly ClusterLook[]> {
    const seen: ClusterLook[] = [];
    await expect
      .poll(async () => {
        const look = await engine.look().catch(passingTrouble);
        if (look !== undefined) seen.push(look);
        return look !== undefined && isSo(look);
      }, waiting)
      .toBe(true);
    return seen;
  }

  async function call(method: 'GET' | 'PUT' | 'POST' | 'DELETE', path: string, body?: object): Promise<unknown> {
    const answer = await client.call({ method, path, timeout: 60_000, ...(body === undefined ? {} : { body }) });
    return answer.body;
  }

  async function put(path: string, body: object): Promise<void> {
    await call('PUT', path, body);
  }

  async function post(path: string): Promise<void> {
    await call('POST', path);
  }
});

const current = ({ name, ephemeralID }: EngineNode) =>
  ({ node: name, ephemeralID, step: 'Returning', since: '2026-01-01T00:00:00Z' }) as const;

function nodeIn({ nodes }: ClusterLook, name: string): EngineNode {
  const found = nodes.find((node) => node.name === name);
  if (found === undefined) throw new Error(`node ${name} is not in the cluster`);
  return found;
}

function copiesOf({ copies }: Pick<Placement, 'copies'>, index: string): readonly string[] {
  return copies.filter((copy) => copy.index === index).map(({ state }) => state);
}

/** An upgrade looks again then. */
function passingTrouble(error: unknown): undefined {
  if (error instanceof OutsideError) return undefined;
  throw error;
}
