import { agentTasks, type AgentTask, type AgentTaskSpec } from '../../../../crds/types/agenttask.ts';
import { agentTask } from '../../../harness/agenttask/objects.ts';
import type { Story } from '../../../harness/agenttask/story.ts';
import type { World } from '../../../harness/agenttask/world.ts';

function split(name: string, spec: AgentTaskSpec): AgentTask {
  return agentTask(name, { splitBy: 'Host', ...spec });
}

/** By its place among its brothers and sisters, from 0; when it is there. */
function child(world: World, parent: string, index: number): AgentTask | undefined {
  const host = world.task(parent)?.spec.hosts?.[index];
  return world.childrenOf(parent).find(({ spec }) => spec.hosts?.[0] === host);
}

const fleet = { namespace: 'default', name: 'fleet' };

function deletesChild(world: World, seconds: number, parent: string, index: number): void {
  world.at(seconds, `default/${parent}`, `child ${index + 1} is deleted by hand`, () => {
    const found = child(world, parent, index);
    if (found !== undefined) world.api.delete(agentTasks, found.metadata);
  });
}

/** How split tasks live and end. */
export const splits: readonly Story[] = [
  {
    title: 'a split task runs on three hosts at once, one fails, and the whole has partly succeeded',
    file: 'split',
    script: (world) => {
      world.behavesOn('b', { lasts: 10, outcome: 'failed', hosts: { b: 'failed' } });
      world.applies(0, split('fleet', { hosts: ['a', 'b', 'c'] }));
    },
    ends: { fleet: ['PartlySucceeded'] },
  },
  {
    title: 'a split task has fewer slots than hosts, and another task has one of its hosts',
    file: 'split-waits',
    world: { maxRuns: 2 },
    script: (world) => {
      world.applies(0, agentTask('other', { hosts: ['b'] }));
      world.applies(5, split('fleet', { hosts: ['a', 'b', 'c'] }));
    },
    ends: { other: ['Succeeded'], fleet: ['Succeeded'] },
  },
  {
    title: 'a split task is stopped half-way: what runs is stopped, what waits ends, all are told of',
    file: 'split-stopped',
    world: { maxRuns: 2 },
    script: (world) => {
      world.behavesOn('a', { lasts: 5 });
      world.applies(0, split('fleet', { hosts: ['a', 'b', 'c', 'd'] }));
      world.changes(20, 'fleet', 'stop is set', { stop: true });
    },
    ends: { fleet: ['Stopped', 'Succeeded'] },
  },
  {
    title: 'a split task is stopped at the moment when it begins: nothing is made',
    file: 'split-stopped-at-once',
    script: (world) => {
      world.once('fleet', 'Running', () => world.api.mergePatch(agentTasks, fleet, { spec: { stop: true } }));
      world.applies(0, split('fleet', { hosts: ['a', 'b'] }));
    },
    ends: { fleet: ['Stopped'] },
  },
  {
    title: 'a split task is deleted half-way: its children are stopped and gone before it',
    file: 'split-deleted',
    script: (world) => {
      world.behavesOn('a', { lasts: 5 });
      world.behavesOn('b', { lasts: 60, heeds: 'terminate' });
      world.applies(0, split('fleet', { hosts: ['a', 'b', 'c'] }));
      world.deletes(20, 'fleet');
      world.applies(21, agentTask('next', { hosts: ['b'] }));
    },
    ends: { fleet: ['gone'], next: ['Succeeded'] },
  },
  {
    title: 'children are deleted by hand: one that waits, one that runs, one that has ended; none is made again',
    file: 'split-child-deleted',
    world: { maxRuns: 2 },
    script: (world) => {
      world.behavesOn('a', { lasts: 5 });
      world.applies(0, split('fleet', { hosts: ['a', 'b', 'c', 'd'] }));
      deletesChild(world, 10, 'fleet', 0);
      deletesChild(world, 11, 'fleet', 1);
      deletesChild(world, 12, 'fleet', 3);
    },
    ends: { fleet: ['PartlySucceeded', 'Succeeded', 'Stopped'] },
  },
  {
    title: 'a split task is paused: nothing more begins until it is let go',
    file: 'split-paused',
    world: { maxRuns: 1 },
    script: (world) => {
      world.applies(0, split('fleet', { hosts: ['a', 'b', 'c'] }));
      world.changes(10, 'fleet', 'paused is set', { paused: true });
      world.changes(90, 'fleet', 'paused is set to false', { paused: false });
    },
    ends: { fleet: ['Succeeded'] },
  },
  {
    title: 'a dry run of a split task shows its children and makes none; it runs when dryRun is taken back',
    file: 'split-dry-run',
    script: (world) => {
      world.applies(0, split('fleet', { hosts: ['a', 'b'], dryRun: true }));
      world.changes(60, 'fleet', 'dryRun is set to false', { dryRun: false });
    },
    ends: { fleet: ['Succeeded'] },
  },
  {
    title: 'a task of somebody else bears the name of a child: the host is left alone, and the message names it',
    file: 'split-name-taken',
    script: (world) => {
      world.once('fleet', 'Running', () => {
        const uid = world.task('fleet')?.metadata.uid?.slice(0, 8);
        world.api.create(agentTasks, agentTask(`fleet-${uid}-2`, { hosts: ['elsewhere'] }));
      });
      world.applies(0, split('fleet', { hosts: ['a', 'b'] }));
    },
    ends: { fleet: ['PartlySucceeded'] },
  },
  {
    title: 'a finished split task is deleted after ttlSecondsAfterFinished, with its children',
    file: 'split-ttl',
    script: (world) => world.applies(0, split('fleet', { hosts: ['a', 'b'], ttlSecondsAfterFinished: 300 })),
    ends: { fleet: ['gone'] },
  },
  {
    title: 'the finalizer of a split task is taken away by force: its children are collected, and nothing is left',
    file: 'split-forced',
    script: (world) => {
      world.applies(0, split('fleet', { hosts: ['a', 'b'] }));
      world.at(10, 'default/fleet', 'deleted, and its finalizer taken away', () => {
        if (world.task('fleet') !== undefined) world.api.delete(agentTasks, fleet);
        if (world.task('fleet') !== undefined)
          world.api.mergePatch(agentTasks, fleet, { metadata: { name: 'fleet', finalizers: [] } });
      });
      world.applies(11, agentTask('next', { hosts: ['a', 'b'] }));
    },
    ends: { fleet: ['gone'], next: ['Succeeded'] },
  },
  {
    title: 'a split task is deleted, and its children are to stay',
    file: 'split-orphaned',
    script: (world) => {
      world.applies(0, split('fleet', { hosts: ['a', 'b'] }));
      world.at(10, 'default/fleet', 'deleted, with --cascade=orphan', () => {
        const { finalizers = [] } = world.task('fleet')?.metadata ?? {};
        if (world.task('fleet') === undefined) return;
        world.api.mergePatch(agentTasks, fleet, { metadata: { name: 'fleet', finalizers: [...finalizers, 'orphan'] } });
        world.api.delete(agentTasks, fleet);
      });
      world.at(12, 'default/fleet', 'its children are set free', () => {
        for (const { metadata } of world.childrenOf('fleet'))
          world.api.mergePatch(agentTasks, metadata, { metadata: { name: metadata.name, ownerReferences: [] } });
        const { finalizers = [] } = world.task('fleet')?.metadata ?? {};
        if (finalizers.includes('orphan'))
          world.api.mergePatch(agentTasks, fleet, {
            metadata: { name: 'fleet', finalizers: finalizers.filter((name) => name !== 'orphan') },
          });
      });
      world.applies(13, agentTask('next', { hosts: ['a', 'b'] }));
    },
    ends: { fleet: ['gone'], next: ['Succeeded'] },
  },
];
