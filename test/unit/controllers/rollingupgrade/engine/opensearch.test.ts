import { describe, expect, onTestFinished, test } from 'vitest';

import { OpenSearch } from '../../../../../controllers/rollingupgrade/engine/opensearch.ts';
import { OutsideClient, type OutsideCall } from '../../../../../controllers/shared/outside/client.ts';
import { outsideTrouble } from '../../../../../controllers/shared/outside/troubles.ts';
import { PlayedSearchCluster } from '../../../../harness/rollingupgrade/search-cluster.ts';
import { serveSearchCluster } from '../../../../harness/rollingupgrade/served.ts';

/** Answers of real nodes, by the beginning of the path; in other respects a cluster that is well. */
const well: Readonly<Record<string, unknown>> = {
  '/_cluster/health': { cluster_name: 'search', status: 'green', timed_out: false, discovered_cluster_manager: true },
  '/_cluster/state': { master_node: 'A', nodes: { A: { name: 'os-1', ephemeral_id: 'e1' } } },
  '/_nodes/process': { nodes: { A: { version: '2.7.0', roles: ['data', 'master'] } } },
  '/?': { cluster_name: 'search', cluster_uuid: 'uuid' },
  '/_cluster/settings': { persistent: {}, transient: {} },
};

function engineOf(more: Readonly<Record<string, unknown>> = {}, status = 200): OpenSearch {
  const answers = { ...well, ...more };
  return new OpenSearch({
    async call({ path }: OutsideCall) {
      const fitting = Object.keys(answers).filter((beginning) => path.startsWith(beginning));
      const [key] = fitting.toSorted((one, other) => other.length - one.length);
      if (key === undefined) throw new Error(`nobody asked for ${path}`);
      return { status: Object.hasOwn(more, key) ? status : 200, body: answers[key as keyof typeof answers] };
    },
  });
}

const managerless = {
  error: { root_cause: [], type: 'cluster_manager_not_discovered_exception', reason: null },
  status: 503,
};

async function troubleOf(call: Promise<unknown>): Promise<string | undefined> {
  return call.then(
    () => undefined,
    (error: unknown) => outsideTrouble(error)?.message,
  );
}

describe('a look', () => {
  test('tells of nodes by their processes, and of the manager by its name', async () => {
    expect(await engineOf().look()).toEqual({
      name: 'search',
      uuid: 'uuid',
      health: 'green',
      manager: 'os-1',
      nodes: [{ name: 'os-1', ephemeralID: 'e1', version: '2.7.0', roles: ['data', 'master'] }],
      allocation: {},
      steering: [],
      archived: [],
    });
  });

  test('tells of a member that does not answer, without a version', async () => {
    const { nodes } = await engineOf({ '/_nodes/process': {} }).look();
    expect(nodes).toEqual([{ name: 'os-1', ephemeralID: 'e1', version: undefined, roles: [] }]);
  });

  test('tells of both scopes of the setting, and of what else steers shards or stands in the way', async () => {
    const settings = {
      persistent: {
        'cluster.routing.allocation.enable': 'primaries',
        'cluster.routing.allocation.node_concurrent_recoveries': '5',
        'cluster.routing.rebalance.enable': 'none',
      },
      transient: {
        'cluster.routing.allocation.enable': 'ALL',
        'cluster.routing.allocation.exclude._name': 'os-1',
        'cluster.routing.allocation.disk.threshold_enabled': 'false',
        'archived.index.old': 'true',
      },
    };
    expect(await engineOf({ '/_cluster/settings': settings }).look()).toMatchObject({
      allocation: { persistent: 'primaries', transient: 'ALL' },
      steering: ['transient cluster.routing.allocation.exclude._name=os-1'],
      archived: ['archived.index.old'],
    });
  });

  test.each([
    ['says so', { '/_cluster/health': managerless }, 503],
    ['answers of its own', { '/_cluster/health': { status: 'red', discovered_cluster_manager: false } }, 200],
    ['tells none in its state', { '/_cluster/state': { nodes: { A: { name: 'os-1', ephemeral_id: 'e1' } } } }, 200],
  ])('believes nothing of a node without a manager that %s', async (_, answers, status) => {
    expect(await troubleOf(engineOf(answers, status).look())).toBe(
      'the search cluster has no elected manager at the moment',
    );
  });

  test.each([
    ['health of an unknown colour', { '/_cluster/health': { status: 'mauve' } }, 200],
    ['another failure', { '/_cluster/health': { error: { type: 'process_cluster_event_timeout_exception' } } }, 503],
  ])('is none with %s', async (_, answers, status) => {
    expect(await troubleOf(engineOf(answers, status).look())).toMatch(/^OpenSearch (answered|cannot tell)/);
  });
});

describe('copies', () => {
  const row = { index: 'docs', shard: '0', prirep: 'p', state: 'STARTED', node: 'os-1' };

  test('that move are told by the node that they leave, and those that are nowhere without one', async () => {
    const rows = [
      { ...row, state: 'RELOCATING', node: 'os-1 -> 127.0.67.12 LnfiZz os-2' },
      { ...row, prirep: 'r', state: 'UNASSIGNED', node: null },
    ];
    expect(await engineOf({ '/_cat/shards': rows }).copies()).toEqual([
      { index: 'docs', shard: 0, primary: true, state: 'RELOCATING', node: 'os-1' },
      { index: 'docs', shard: 0, primary: false, state: 'UNASSIGNED', node: undefined },
    ]);
  });

  test.each([
    ['without a column that was asked for', [{ index: 'docs', shard: '0', prirep: 'p', state: 'STARTED' }]],
    ['that are no list', { error: 'x' }],
  ])('are none %s', async (_, rows) => {
    const said = 'OpenSearch answered GET /_cat/shards in a form that is not known here';
    expect(await troubleOf(engineOf({ '/_cat/shards': rows }).copies())).toBe(said);
  });
});

describe('an explanation', () => {
  const copy = { index: 'docs', shard: 0, primary: false, state: 'UNASSIGNED', node: undefined };
  const path = '/_cluster/allocation/explain';
  const deciders = [
    { decider: 'node_version', decision: 'NO', explanation: 'this is older than the primary version [2.9.0]' },
    { decider: 'max_retry', decision: 'YES', explanation: 'shard has no previous failures' },
  ];
  const answer = {
    index: 'docs',
    shard: 0,
    primary: false,
    current_state: 'unassigned',
    can_allocate: 'no',
    allocate_explanation: 'cannot allocate because allocation is not permitted to any of the nodes',
    node_allocation_decisions: [{ node_id: 'A', node_name: 'os-1', node_decision: 'no', deciders }],
  };

  test('names what speaks against each node', async () => {
    expect(await engineOf({ [path]: answer }).explain(copy)).toEqual({
      copy,
      verdict: 'no',
      said: 'cannot allocate because allocation is not permitted to any of the nodes',
      against: [{ node: 'os-1', decider: 'node_version', said: 'this is older than the primary version [2.9.0]' }],
    });
  });

  test.each([
    ['that has its place by now', { ...answer, current_state: 'started' }, 200],
    ['whose index is gone', { error: { type: 'index_not_found_exception' } }, 404],
    ['that cannot be found', { error: { type: 'illegal_argument_exception' } }, 400],
  ])('is none of a copy %s', async (_, body, status) => {
    expect(await engineOf({ [path]: body }, status).explain(copy)).toBeUndefined();
  });
});

test('indices tell their replicas, the version that they were made in, and settings of their own', async () => {
  const alone = {
    'index.number_of_replicas': '0',
    'index.routing.allocation.enable': 'all',
    'index.auto_expand_replicas': '0-all',
    'index.version.created': '7100299',
  };
  const settings = {
    docs: {
      settings: {
        'index.number_of_replicas': '1',
        'index.auto_expand_replicas': 'false',
        'index.version.created': '136287827',
      },
    },
    alone: { settings: alone },
  };
  expect(await engineOf({ '/_all/_settings': settings }).indices()).toEqual([
    {
      name: 'docs',
      replicas: 1,
      allocation: undefined,
      created: { engine: 'OpenSearch', version: '2.7.0' },
      autoExpand: undefined,
    },
    {
      name: 'alone',
      replicas: 0,
      allocation: 'all',
      created: { engine: 'Elasticsearch', version: '7.10.2' },
      autoExpand: '0-all',
    },
  ]);
});

describe('a survey', () => {
  const watermark = 'cluster.routing.allocation.disk.watermark.low';
  const enabled = 'cluster.routing.allocation.disk.threshold_enabled';
  const exclusions = [{ node_id: 'A', node_name: 'os-1' }];
  const answers = {
    '/_cluster/settings': {
      persistent: { [watermark]: '90%' },
      transient: {},
      defaults: { [watermark]: '85%', [enabled]: 'true' },
    },
    '/_cluster/state/metadata': { metadata: { cluster_coordination: { voting_config_exclusions: exclusions } } },
    '/_cat/allocation': [
      { node: 'os-1', 'disk.avail': '1000', 'disk.total': '4000' },
      { node: 'os-2', 'disk.avail': null, 'disk.total': null },
      { node: 'UNASSIGNED', 'disk.avail': null, 'disk.total': null },
    ],
    '/_cat/plugins': [{ name: 'os-1', component: 'analysis-icu' }],
    '/_all/_settings': {},
    '/_cat/snapshots/nightly%20ones': [
      { id: 'a', status: 'SUCCESS', end_epoch: '1780000000' },
      { id: 'b', status: 'SUCCESS', end_epoch: '1780000060' },
      { id: 'c', status: 'PARTIAL', end_epoch: '1780000120' },
      { id: 'd', status: 'IN_PROGRESS', end_epoch: '0' },
    ],
  };

  test('tells of disks, votes, plugins and the latest whole snapshot', async () => {
    expect(await engineOf(answers).survey('nightly ones')).toEqual({
      indices: [],
      disks: [{ node: 'os-1', total: 4000, available: 1000 }],
      lowWatermark: '90%',
      votingExclusions: ['os-1'],
      plugins: [{ node: 'os-1', plugin: 'analysis-icu' }],
      snapshots: { latest: { name: 'b', ended: new Date(1_780_000_060_000) } },
    });
  });

  test('looks at no disk where nothing depends on them, and for no snapshot without a repository', async () => {
    const settings = { persistent: { [enabled]: 'false' }, transient: {}, defaults: { [watermark]: '85%' } };
    expect(await engineOf({ ...answers, '/_cluster/settings': settings }).survey(undefined)).toMatchObject({
      lowWatermark: undefined,
      snapshots: undefined,
    });
  });
});

test.each([
  ['its state', { snapshots: [{ state: 'PARTIAL' }] }, 200, 'PARTIAL'],
  ['that it was never begun', { error: { type: 'snapshot_missing_exception' } }, 404, undefined],
])('a snapshot tells %s', async (_, answer, status, state) => {
  expect(await engineOf({ '/_snapshot/nightly/up': answer }, status).snapshotState('nightly', 'up')).toBe(state);
});

test('nothing is believed of a snapshot whose repository is gone', async () => {
  const answer = { error: { type: 'repository_missing_exception' } };
  const asked = engineOf({ '/_snapshot/nightly/up': answer }, 404).snapshotState('nightly', 'up');
  expect(await troubleOf(asked)).toBe('OpenSearch answered GET /_snapshot in a form that is not known here');
});

test('snapshots that are being taken are told by their names', async () => {
  const path = '/_snapshot/_status';
  expect(await engineOf({ [path]: { snapshots: [{ snapshot: 'nightly-7' }] } }).runningSnapshots()).toEqual([
    'nightly-7',
  ]);
  expect(await engineOf({ [path]: {} }).runningSnapshots()).toEqual([]);
});

test('the setting is put where it lasts, and taken away by nothing', async () => {
  const cluster = new PlayedSearchCluster([{ name: 'os-1' }, { name: 'os-2' }, { name: 'os-3' }]);
  const served = await serveSearchCluster(cluster);
  const client = new OutsideClient({ system: 'OpenSearch', endpoints: [served.url] });
  onTestFinished(async () => {
    await client.close();
    await served.close();
  });
  const engine = new OpenSearch(client);
  await engine.setAllocation('primaries');
  expect((await engine.look()).allocation).toEqual({ persistent: 'primaries' });
  await engine.setAllocation(undefined);
  await engine.flush();
  expect((await engine.look()).allocation).toEqual({});
  expect(cluster.settings).toEqual(['primaries', undefined]);
});
