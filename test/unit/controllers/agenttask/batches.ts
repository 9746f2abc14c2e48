import { agentJobs } from '../../../../crds/types/agentjob.ts';
import { agentTasks, type AgentTask, type AgentTaskSpec } from '../../../../crds/types/agenttask.ts';
import { deployGroups } from '../../../../crds/types/deploygroup.ts';
import { agentJob, agentTask } from '../../../harness/agenttask/objects.ts';
import type { Story } from '../../../harness/agenttask/story.ts';
import type { World } from '../../../harness/agenttask/world.ts';

function onGroup(name: string, spec: AgentTaskSpec = {}): AgentTask {
  return agentTask(name, { groupRef: { name: 'web' }, ...spec });
}

const roll = { namespace: 'default', name: 'roll' };
const good = { lasts: 10 };

function fails(
  world: World,
  batch: readonly string[],
  hosts: Readonly<Record<string, 'changed' | 'failed' | 'unreachable'>>,
): void {
  world.behavesOn(batch.join(', '), { lasts: 10, outcome: 'failed', hosts });
}

/** How tasks on a DeployGroup live and end. */
export const batches: readonly Story[] = [
  {
    title: 'a task runs on a group of three batches, one after the other',
    file: 'batches',
    script: (world) => {
      world.group('web', ['a', 'b'], ['c'], ['d', 'e']);
      world.behavesOn('c', good);
      world.applies(0, onGroup('roll'));
    },
    ends: { roll: ['Succeeded'] },
  },
  {
    title: 'a host fails: the next batch waits until it is confirmed, and the task still ends not well',
    file: 'batches-confirmed',
    script: (world) => {
      world.group('web', ['a'], ['b', 'c'], ['d']);
      fails(world, ['b', 'c'], { b: 'changed', c: 'failed' });
      world.applies(0, onGroup('roll'));
      world.decides(500, 'roll', { batch: 3 });
    },
    ends: { roll: ['PartlySucceeded'] },
  },
  {
    title: 'a host cannot be reached in two batches: each is confirmed by itself',
    file: 'batches-unreachable',
    script: (world) => {
      world.group('web', ['a'], ['b'], ['c']);
      fails(world, ['a'], { a: 'unreachable' });
      fails(world, ['b'], { b: 'unreachable' });
      world.applies(0, onGroup('roll'));
      world.decides(500, 'roll', { batch: 2 });
      world.decides(1000, 'roll', { batch: 3 });
    },
    ends: { roll: ['PartlySucceeded'] },
  },
  {
    title: 'a task is stopped while a batch runs: what runs is stopped, and no other begins',
    file: 'batches-stopped',
    script: (world) => {
      world.group('web', ['a'], ['b'], ['c']);
      world.applies(0, onGroup('roll'));
      world.changes(40, 'roll', 'stop is set', { stop: true });
    },
    ends: { roll: ['Stopped', 'Succeeded'] },
  },
  {
    title: 'a task is stopped while it waits for confirmation',
    file: 'batches-stopped-waiting',
    script: (world) => {
      world.group('web', ['a'], ['b']);
      fails(world, ['a'], { a: 'failed' });
      world.applies(0, onGroup('roll'));
      world.changes(500, 'roll', 'stop is set', { stop: true });
    },
    ends: { roll: ['Stopped', 'Failed'] },
  },
  {
    title: 'a task waits for confirmation while it is paused, and goes on when both are given',
    file: 'batches-paused',
    script: (world) => {
      world.group('web', ['a'], ['b']);
      fails(world, ['a'], { a: 'failed' });
      world.applies(0, onGroup('roll'));
      world.changes(5, 'roll', 'paused is set', { paused: true });
      world.decides(500, 'roll', { batch: 2 });
      world.changes(1000, 'roll', 'paused is set to false', { paused: false });
    },
    ends: { roll: ['PartlySucceeded'] },
  },
  {
    title: 'a host is tried again while its batch holds up the next: it does well now, and the task goes on by itself',
    file: 'batches-retried',
    script: (world) => {
      world.group('web', ['a'], ['b', 'c'], ['d']);
      fails(world, ['b', 'c'], { b: 'changed', c: 'failed' });
      world.behavesOn('c', good);
      world.applies(0, onGroup('roll'));
      world.decides(500, 'roll', { batch: 3, action: 'Retry', hosts: ['c'], comment: 'the disk was full' });
    },
    ends: { roll: ['Succeeded'] },
  },
  {
    title: 'a task of which a batch was tried again is deleted while it waits: nothing of either try is left',
    file: 'batches-retried-deleted',
    script: (world) => {
      world.group('web', ['a'], ['b']);
      fails(world, ['a'], { a: 'failed' });
      world.applies(0, onGroup('roll'));
      world.decides(500, 'roll', { batch: 2, action: 'Retry', hosts: ['a'] });
      world.deletes(1000, 'roll');
      world.applies(1001, agentTask('next', { hosts: ['a', 'b'] }));
    },
    ends: { roll: ['gone'], next: ['Succeeded'] },
  },
  {
    title: 'a host is tried again and fails again: it is set aside, and the task goes on and ends not well',
    file: 'batches-skipped',
    script: (world) => {
      world.group('web', ['a', 'b'], ['c']);
      fails(world, ['a', 'b'], { a: 'changed', b: 'unreachable' });
      fails(world, ['b'], { b: 'unreachable' });
      world.applies(0, onGroup('roll'));
      world.decides(500, 'roll', { batch: 2, action: 'Retry', hosts: ['b'] });
      world.decides(1000, 'roll', { batch: 2, action: 'Skip', hosts: ['b'] });
    },
    ends: { roll: ['PartlySucceeded'] },
  },
  {
    title: 'a task that does not wait after a failure (_exit_) ends: no further batch begins',
    file: 'batches-exit',
    script: (world) => {
      world.group('web', ['a'], ['b'], ['c']);
      fails(world, ['b'], { b: 'failed' });
      world.applies(0, onGroup('roll', { rollout: { onFailure: 'End' } }));
    },
    ends: { roll: ['PartlySucceeded'] },
  },
  {
    title: 'a batch is to be confirmed before it begins, and batches bake: neither is shortened by the other',
    file: 'batches-confirm-point',
    script: (world) => {
      world.group('web', ['a'], ['b'], ['c']);
      world.applies(0, onGroup('roll', { rollout: { confirmBefore: [2], bakeSeconds: 600 } }));
      world.decides(100, 'roll', { batch: 2 });
    },
    ends: { roll: ['Succeeded'] },
  },
  {
    title: 'as many hosts as the limit allows fail, and one more: the first batch holds up nothing, the second does',
    file: 'batches-failure-limit',
    script: (world) => {
      world.group('web', ['a', 'b', 'c'], ['d', 'e'], ['f']);
      fails(world, ['a', 'b', 'c'], { a: 'failed', b: 'changed', c: 'unreachable' });
      fails(world, ['d', 'e'], { d: 'changed', e: 'unreachable' });
      world.applies(0, onGroup('roll', { rollout: { failureLimit: { failed: 1, unreachable: '34%' } } }));
      world.decides(500, 'roll', { batch: 3 });
    },
    ends: { roll: ['PartlySucceeded'] },
  },
  {
    title: 'the deadline is over while a batch runs: it is stopped, and no other begins',
    file: 'batches-deadline',
    script: (world) => {
      world.group('web', ['a'], ['b'], ['c']);
      world.applies(0, onGroup('roll', { rollout: { deadlineSeconds: 45 } }));
    },
    ends: { roll: ['PartlySucceeded', 'Failed', 'Succeeded'] },
  },
  {
    title: 'a task is paused, and waits for confirmation, for longer than its deadline: neither counts',
    file: 'batches-deadline-paused',
    script: (world) => {
      world.group('web', ['a'], ['b'], ['c']);
      fails(world, ['b'], { b: 'failed' });
      world.applies(0, onGroup('roll', { rollout: { deadlineSeconds: 300 } }));
      world.changes(10, 'roll', 'paused is set', { paused: true });
      world.changes(5000, 'roll', 'paused is set to false', { paused: false });
      world.decides(10_000, 'roll', { batch: 3 });
    },
    // A controller that looks away for long enough lets time pass that counts.
    ends: { roll: ['PartlySucceeded', 'Failed'] },
  },
  {
    title: 'the AgentJob changes under way: the next batch waits until somebody has seen that',
    file: 'batches-job-changed',
    script: (world) => {
      world.group('web', ['a'], ['b'], ['c']);
      const job = { namespace: 'default', name: 'install' };
      world.api.create(agentJobs, agentJob('install'));
      world.applies(0, onGroup('roll', { jobRef: { name: 'install' } }));
      world.at(40, 'AgentJob install', 'is changed', () =>
        world.api.mergePatch(agentJobs, job, { spec: { variables: { version: 2 } } }),
      );
      world.decides(500, 'roll', { batch: 1 });
      world.decides(500, 'roll', { batch: 2 });
      world.decides(500, 'roll', { batch: 3 });
    },
    ends: { roll: ['Succeeded', 'PartlySucceeded'] },
  },
  {
    title: 'the AgentJob changes while the task of a batch waits: it does not begin, and is tried again when seen',
    file: 'batches-job-changed-late',
    world: { maxRuns: 1 },
    script: (world) => {
      world.group('web', ['a'], ['b']);
      const job = { namespace: 'default', name: 'install' };
      world.api.create(agentJobs, agentJob('install'));
      world.behaves('slow', { lasts: 300 });
      world.applies(0, agentTask('slow'));
      world.applies(10, onGroup('roll', { jobRef: { name: 'install' } }));
      world.at(100, 'AgentJob install', 'is changed', () =>
        world.api.mergePatch(agentJobs, job, { spec: { variables: { version: 2 } } }),
      );
      world.decides(500, 'roll', { batch: 2, action: 'Retry', hosts: ['a'] });
      world.decides(1000, 'roll', { batch: 1 });
      world.decides(1000, 'roll', { batch: 2 });
    },
    ends: { slow: ['Succeeded'], roll: ['Succeeded', 'PartlySucceeded', 'Failed'] },
  },
  {
    title: 'two hosts are taken out of the group under way: the batches stay as they were, and the task tells of it',
    file: 'batches-drift',
    script: (world) => {
      world.group('web', ['a'], ['b'], ['c']);
      world.applies(0, onGroup('roll'));
      world.once('roll', 'Running', () => world.group('web', ['a'], ['z']));
    },
    ends: { roll: ['Succeeded'] },
  },
  {
    title: 'the group is deleted under way: the task goes on with the batches that it began with',
    file: 'batches-group-deleted',
    script: (world) => {
      world.group('web', ['a'], ['b']);
      world.applies(0, onGroup('roll'));
      world.once('roll', 'Running', () => world.api.delete(deployGroups, { namespace: 'default', name: 'web' }));
    },
    ends: { roll: ['Succeeded'] },
  },
  {
    title: 'there is no such group yet, and then it has no batches yet',
    file: 'batches-no-group',
    script: (world) => {
      world.applies(0, onGroup('roll'));
      world.at(30, 'DeployGroup web', 'is made', () => world.group('web', ['a'], ['b']));
    },
    ends: { roll: ['Succeeded'] },
  },
  {
    title: 'two tasks on one host: the second waits for all batches of the first, and says for whom',
    file: 'batches-second-waits',
    script: (world) => {
      world.group('web', ['a'], ['b']);
      world.applies(0, onGroup('roll'));
      world.applies(5, agentTask('other', { hosts: ['b'] }));
      world.applies(6, onGroup('second'));
    },
    ends: { roll: ['Succeeded'], other: ['Succeeded'], second: ['Succeeded'] },
  },
  {
    title: 'a task on a group is undone on the hosts that it changed, the last batch first, when it has ended',
    file: 'batches-undone',
    script: (world) => {
      world.group('web', ['a', 'b'], ['c'], ['d']);
      fails(world, ['c'], { c: 'failed' });
      world.applies(0, onGroup('roll'));
      world.applies(50, onGroup('back', { rollbackOf: { name: 'roll' } }));
      world.changes(500, 'roll', 'stop is set', { stop: true });
      world.decides(1000, 'back', { batch: 2 });
    },
    ends: { roll: ['Stopped', 'PartlySucceeded'], back: ['PartlySucceeded', 'Succeeded'] },
  },
  {
    title: 'a task on a group is deleted half-way: its child is stopped, all hosts are free, and only then it goes',
    file: 'batches-deleted',
    script: (world) => {
      world.group('web', ['a'], ['b'], ['c']);
      world.applies(0, onGroup('roll'));
      world.deletes(40, 'roll');
      world.applies(41, agentTask('next', { hosts: ['a', 'c'] }));
    },
    ends: { roll: ['gone'], next: ['Succeeded'] },
  },
  {
    title: 'the child of a batch is deleted by hand: it counts as not succeeded, and is not made again',
    file: 'batches-child-deleted',
    script: (world) => {
      world.group('web', ['a'], ['b']);
      world.applies(0, onGroup('roll'));
      world.at(10, 'default/roll', 'its child is deleted by hand', () => {
        const [child] = world.childrenOf('roll');
        if (child !== undefined) world.api.delete(agentTasks, child.metadata);
      });
      world.decides(500, 'roll', { batch: 2 });
    },
    ends: { roll: ['PartlySucceeded', 'Succeeded'] },
  },
  {
    title: 'a dry run shows the batches and claims nothing; the task runs when dryRun is taken back',
    file: 'batches-dry-run',
    script: (world) => {
      world.group('web', ['a', 'b'], ['c']);
      world.applies(0, onGroup('roll', { dryRun: true }));
      world.applies(1, agentTask('other', { hosts: ['a'] }));
      world.changes(60, 'roll', 'dryRun is set to false', { dryRun: false });
    },
    ends: { roll: ['Succeeded'], other: ['Succeeded'] },
  },
  {
    title: 'a task of somebody else bears the name of a batch’s child: the batch has failed, and it says why',
    file: 'batches-name-taken',
    script: (world) => {
      world.group('web', ['a'], ['b']);
      world.once('roll', 'Running', () => {
        const uid = world.task('roll')?.metadata.uid?.slice(0, 8);
        world.api.create(agentTasks, agentTask(`roll-${uid}-2`, { hosts: ['elsewhere'] }));
      });
      world.applies(0, onGroup('roll'));
    },
    ends: { roll: ['PartlySucceeded'] },
  },
  {
    title: 'the finalizer of a task on a group is taken away by force: its child is collected, and nothing is left',
    file: 'batches-forced',
    script: (world) => {
      world.group('web', ['a'], ['b']);
      world.applies(0, onGroup('roll'));
      world.at(10, 'default/roll', 'deleted, and its finalizer taken away', () => {
        if (world.task('roll') !== undefined) world.api.delete(agentTasks, roll);
        if (world.task('roll') !== undefined)
          world.api.mergePatch(agentTasks, roll, { metadata: { name: 'roll', finalizers: [] } });
      });
      world.applies(11, agentTask('next', { hosts: ['a', 'b'] }));
    },
    ends: { roll: ['gone'], next: ['Succeeded'] },
  },
];
