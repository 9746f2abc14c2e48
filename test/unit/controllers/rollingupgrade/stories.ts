import { rollingUpgrade } from '../../../harness/rollingupgrade/objects.ts';
import type { Story } from '../../../harness/rollingupgrade/story.ts';

const three = ['os-1', 'os-2', 'os-3'];
const nodes = three.map((name) => ({ name }));
const five = [
  { name: 'm-1', roles: ['cluster_manager'] },
  { name: 'm-2', roles: ['master'] },
  { name: 'm-3', roles: ['cluster_manager'] },
  { name: 'd-1', roles: ['data', 'ingest'] },
  { name: 'd-2', roles: ['data'] },
  { name: 'c-1', roles: [] },
];

export const stories: readonly Story[] = [
  {
    title: 'nodes with data first, then others, then managers, the elected one last',
    file: 'order',
    world: { nodes: five },
    script: (world) => {
      world.cluster.manager = 'm-2';
      world.applies(
        0,
        rollingUpgrade(
          'up',
          five.map(({ name }) => name),
        ),
      );
    },
    ends: { up: ['Succeeded'] },
    replaced: ['d-1', 'd-2', 'c-1', 'm-1', 'm-3', 'm-2'],
  },
  {
    title: 'a value that was set before is put back as it was written',
    file: 'value-put-back',
    world: { nodes },
    script: (world) => {
      world.cluster.persistent = 'all';
      world.applies(0, rollingUpgrade('up', three));
    },
    ends: { up: ['Succeeded'] },
    replaced: ['os-2', 'os-3', 'os-1'],
    setting: 'all',
  },
  {
    title: 'the task of a node fails: nothing further is touched, and the setting is put back',
    file: 'task-fails',
    world: { nodes, tasks: { 'os-3': { phase: 'Failed', back: 'never' } } },
    script: (world) => world.applies(0, rollingUpgrade('up', three)),
    ends: { up: ['Failed'] },
    replaced: ['os-2', 'os-3'],
  },
  {
    title: 'a node does not come back after its task has ended well: the upgrade ends there',
    file: 'not-back',
    world: { nodes, tasks: { 'os-2': { back: 'never' } } },
    script: (world) => world.applies(0, rollingUpgrade('up', three, { healthTimeoutSeconds: 30 })),
    ends: { up: ['Failed'] },
    replaced: ['os-2'],
  },
  {
    title: 'a node comes back with the old version: it is not taken for upgraded',
    file: 'old-version-back',
    world: { nodes, tasks: { 'os-2': { version: '2.7.0' } } },
    script: (world) => world.applies(0, rollingUpgrade('up', three, { healthTimeoutSeconds: 30 })),
    ends: { up: ['Failed'] },
    replaced: ['os-2'],
  },
  {
    title: 'stopped while a node is under way: that node is brought to its end, the others stay',
    file: 'stopped',
    world: { nodes },
    script: (world) => {
      world.applies(0, rollingUpgrade('up', three));
      world.changes(10, 'up', 'stopped by its owner', { stop: true });
    },
    ends: { up: ['Stopped', 'Succeeded'] },
    replaced: ['os-2'],
  },
  {
    title: 'deleted while a node is under way: its task ends first, and the setting is put back',
    file: 'deleted',
    world: { nodes },
    script: (world) => {
      world.applies(0, rollingUpgrade('up', three));
      world.deletes(10, 'up');
    },
    ends: { up: ['gone'] },
    replaced: ['os-2'],
  },
  {
    title: 'deleted while a node is on its way back: that is waited for, or a second one could be taken away',
    file: 'deleted-while-returning',
    world: { nodes, tasks: { 'os-2': { back: 40 } } },
    script: (world) => {
      world.applies(0, rollingUpgrade('up', three));
      world.deletes(25, 'up');
    },
    ends: { up: ['gone'] },
    replaced: ['os-2'],
  },
  {
    title: 'stopped while a setting of somebody else keeps shards from their places: that is not waited for for ever',
    file: 'stopped-unsettled',
    world: { nodes },
    script: (world) => {
      world.applies(0, rollingUpgrade('up', three, { healthTimeoutSeconds: 30 }));
      world.whenAt('Settling', () => {
        world.happens(0, 'somebody sets a transient setting', (cluster) => (cluster.transient = 'none'));
        world.changes(0, 'up', 'stopped by its owner', { stop: true });
      });
    },
    ends: { up: ['Stopped', 'Succeeded'] },
    replaced: ['os-2'],
  },
  {
    title: 'deleted while the cluster cannot be reached: it is waited for, but not for ever',
    file: 'deleted-unreachable',
    world: { nodes },
    script: (world) => {
      world.applies(0, rollingUpgrade('up', three, { healthTimeoutSeconds: 60 }));
      world.happens(9, 'cannot be reached any more', (cluster) => (cluster.reachable = false));
      world.deletes(10, 'up');
    },
    ends: { up: ['gone'] },
    replaced: ['os-2'],
    setting: 'primaries',
  },
  {
    title: 'what stands against it keeps it from starting until somebody puts it right',
    file: 'preflight',
    world: {
      nodes,
      indices: [
        { name: 'docs', replicas: 1 },
        { name: 'alone', replicas: 0 },
      ],
    },
    script: (world) => {
      world.cluster.transient = 'none';
      world.applies(0, rollingUpgrade('up', three));
      world.happens(20, 'the transient setting is taken away', (cluster) => (cluster.transient = undefined));
      world.changes(40, 'up', 'indices without replicas are accepted', { acceptZeroReplicas: true });
    },
    ends: { up: ['Succeeded'] },
    replaced: ['os-2', 'os-3', 'os-1'],
  },
  {
    title: 'a dry run tells the plan and touches nothing',
    file: 'dry-run',
    world: { nodes },
    script: (world) => {
      world.applies(0, rollingUpgrade('up', three, { dryRun: true }));
      world.changes(10, 'up', 'to be done', { dryRun: false });
    },
    ends: { up: ['Succeeded'] },
    replaced: ['os-2', 'os-3', 'os-1'],
  },
  {
    title: 'an index that is made on an upgraded node has a replica that no older node may have: that is settled',
    file: 'index-in-mid-roll',
    world: { nodes },
    script: (world) => {
      world.applies(0, rollingUpgrade('up', three));
      world.happens(28, 'an index is made', (cluster) => cluster.addIndex({ name: 'late', replicas: 1 }));
    },
    ends: { up: ['Succeeded'] },
    replaced: ['os-2', 'os-3', 'os-1'],
  },
  {
    title: 'an index without replicas that is made half-way holds the node that has it, until somebody does something',
    file: 'index-without-replicas',
    world: { nodes },
    script: (world) => {
      world.applies(0, rollingUpgrade('up', three));
      world.happens(10, 'an index without replicas is made', (cluster) =>
        cluster.addIndex({ name: 'alone', replicas: 0 }),
      );
      world.happens(60, 'it has a replica', (cluster) => cluster.addReplica('alone'));
    },
    ends: { up: ['Succeeded'] },
    replaced: ['os-2', 'os-3', 'os-1'],
  },
  {
    title: 'no manager and no answer are waited for, by their names',
    file: 'no-manager',
    world: { nodes },
    script: (world) => {
      world.happens(0, 'has no manager', (cluster) => (cluster.managerless = true));
      world.applies(1, rollingUpgrade('up', three));
      world.happens(20, 'elects a manager', (cluster) => (cluster.managerless = false));
      world.happens(45, 'cannot be reached', (cluster) => (cluster.reachable = false));
      world.happens(90, 'can be reached again', (cluster) => (cluster.reachable = true));
    },
    ends: { up: ['Succeeded'] },
    replaced: ['os-2', 'os-3', 'os-1'],
  },
  {
    title: 'the endpoints lead to another cluster for a while: nothing is done to that one',
    file: 'another-cluster',
    world: { nodes, tasks: { 'os-3': { phase: 'Failed' } } },
    script: (world) => {
      world.applies(0, rollingUpgrade('up', three));
      world.happens(25, 'is another one', (cluster) => (cluster.uuid = 'uuid-of-another'));
      world.happens(60, 'is the first one again', (cluster) => (cluster.uuid = 'uuid-of-search'));
    },
    ends: { up: ['Failed'] },
    replaced: ['os-2', 'os-3'],
  },
  {
    title: 'two upgrades of one cluster: the second waits for the first, and finds nothing to do',
    file: 'rivals',
    world: { nodes },
    script: (world) => {
      world.applies(0, rollingUpgrade('first', three));
      world.applies(5, rollingUpgrade('second', three));
    },
    ends: { first: ['Succeeded'], second: ['Succeeded'] },
    replaced: ['os-2', 'os-3', 'os-1'],
  },
  {
    title: 'two upgrades of one cluster by different numbers: the second finds that it is the same one, and waits',
    file: 'other-number',
    world: { nodes },
    script: (world) => {
      world.applies(0, rollingUpgrade('first', three));
      world.applies(5, rollingUpgrade('second', three, { serviceGroupInstanceNo: '7' }));
    },
    ends: { first: ['Succeeded'], second: ['Succeeded'] },
    replaced: ['os-2', 'os-3', 'os-1'],
  },
  {
    title: 'a dry run of what cannot work tells both what stands against it and what it would do',
    file: 'dry-run-refused',
    world: { nodes, indices: [{ name: 'old', replicas: 1, created: { engine: 'Elasticsearch', version: '6.8.0' } }] },
    script: (world) => {
      world.applies(0, rollingUpgrade('up', three, { dryRun: true }));
      world.changes(10, 'up', 'stopped by its owner', { stop: true });
    },
    ends: { up: ['Stopped'] },
    replaced: [],
  },
  {
    title: 'each node has to run for a while before the next one begins',
    file: 'baking',
    world: { nodes },
    script: (world) => world.applies(0, rollingUpgrade('up', three, { rollout: { bakeSeconds: 30 } })),
    ends: { up: ['Succeeded'] },
    replaced: ['os-2', 'os-3', 'os-1'],
  },
  {
    title: 'a node is started again after it had come back: no other is taken to that version',
    file: 'started-again',
    world: { nodes },
    script: (world) => {
      world.applies(0, rollingUpgrade('up', three));
      world.whenAt('Settling', () => world.happens(0, 'node os-2 crashes', (cluster) => cluster.crashes('os-2')));
    },
    ends: { up: ['Failed'] },
    replaced: ['os-2'],
  },
  {
    title: 'a node leaves while it is to show that it runs: the upgrade ends there',
    file: 'left-while-baking',
    world: { nodes },
    script: (world) => {
      const spec = { rollout: { bakeSeconds: 60 }, healthTimeoutSeconds: 30 };
      world.applies(0, rollingUpgrade('up', three, spec));
      world.whenAt('Baking', () => world.happens(0, 'node os-2 is lost', (cluster) => cluster.isLost('os-2')));
    },
    ends: { up: ['Failed'] },
    replaced: ['os-2'],
  },
  {
    title: 'somebody is asked after the first node and before the last one, and each answer is kept',
    file: 'confirmed',
    world: { nodes },
    script: (world) => {
      const rollout = { confirmBefore: ['SecondNode', 'LastNode'] } as const;
      world.applies(0, rollingUpgrade('up', three, { rollout }));
      const confirm = { user: 'eva', comment: 'looks well' };
      world.changes(60, 'up', 'os-3 may begin', { confirm: { ...confirm, node: 'os-3' } });
      world.changes(120, 'up', 'os-1 may begin', { confirm: { ...confirm, node: 'os-1' } });
    },
    ends: { up: ['Succeeded'] },
    replaced: ['os-2', 'os-3', 'os-1'],
  },
  {
    title: 'somebody is asked, and says no: the upgrade is stopped',
    file: 'not-confirmed',
    world: { nodes },
    script: (world) => {
      world.applies(0, rollingUpgrade('up', three, { rollout: { confirmBefore: ['EachNode', 'Managers'] } }));
      world.changes(30, 'up', 'stopped by its owner', { stop: true });
    },
    ends: { up: ['Stopped'] },
    replaced: [],
  },
  {
    title: 'no node is stopped while a snapshot is being taken',
    file: 'snapshot-running',
    world: { nodes },
    script: (world) => {
      world.applies(0, rollingUpgrade('up', three));
      world.whenAt('Settling', () => {
        world.happens(0, 'a snapshot begins', (cluster) => (cluster.runningSnapshots = ['nightly-7']));
        world.happens(60, 'the snapshot ends', (cluster) => (cluster.runningSnapshots = []));
      });
    },
    ends: { up: ['Succeeded'] },
    replaced: ['os-2', 'os-3', 'os-1'],
  },
  {
    title: 'a node that runs for long and is missed for a moment is not lost',
    file: 'missed-for-a-moment',
    world: { nodes },
    script: (world) => {
      const spec = { rollout: { bakeSeconds: 120 }, healthTimeoutSeconds: 30 };
      world.applies(0, rollingUpgrade('up', three, spec));
      world.happens(90, 'node os-2 does not answer', (cluster) => cluster.isLost('os-2'));
      world.happens(110, 'node os-2 answers', (cluster) => cluster.isFound('os-2'));
    },
    ends: { up: ['Succeeded'] },
    replaced: ['os-2', 'os-3', 'os-1'],
  },
  {
    title: 'a snapshot is taken before the first node',
    file: 'snapshot-first',
    world: { nodes },
    script: (world) =>
      world.applies(0, rollingUpgrade('up', three, { snapshot: { repository: 'nightly', take: true } })),
    ends: { up: ['Succeeded'] },
    replaced: ['os-2', 'os-3', 'os-1'],
  },
  {
    title: 'a snapshot that is not whole ends the upgrade before any node is touched',
    file: 'snapshot-partial',
    world: { nodes },
    script: (world) => {
      world.cluster.snapshotEnd = 'PARTIAL';
      world.applies(0, rollingUpgrade('up', three, { snapshot: { repository: 'nightly', take: true } }));
    },
    ends: { up: ['Failed'] },
    replaced: [],
  },
];
