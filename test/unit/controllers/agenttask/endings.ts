import type { Story } from '../../../harness/agenttask/story.ts';
import { agentTask } from '../../../harness/agenttask/objects.ts';

/** How tasks are stopped, deleted, and lost. */
export const endings: readonly Story[] = [
  {
    title: 'a task is stopped while it waits',
    file: 'stop-while-waiting',
    script: (world) => {
      world.applies(0, agentTask('first', { hosts: ['web-1'] }));
      world.applies(1, agentTask('second', { hosts: ['web-1'] }));
      world.applies(2, agentTask('third', { hosts: ['web-1'] }));
      world.changes(10, 'second', 'stop is set', { stop: true });
    },
    ends: { first: ['Succeeded'], second: ['Stopped', 'Succeeded'], third: ['Succeeded'] },
  },
  {
    title: 'a task is stopped after its run was recorded, before it was started',
    file: 'stop-while-prepared',
    script: (world) => {
      world.applies(0, agentTask('web', { hosts: ['web-1'] }));
      world.once('web', 'Running', () => world.changes(0, 'web', 'stop is set', { stop: true }));
    },
    ends: { web: ['Stopped', 'Succeeded'] },
  },
  {
    title: 'a running task heeds the interrupt',
    file: 'stop-while-running',
    script: (world) => {
      world.behaves('web', { hosts: { 'web-1': 'changed' } });
      world.applies(0, agentTask('web', { hosts: ['web-1', 'web-2'] }));
      world.changes(12, 'web', 'stop is set', { stop: true });
    },
    ends: { web: ['Stopped', 'Failed'] },
  },
  {
    title: 'a run heeds neither interrupt nor terminate, and is killed after the stated waits',
    file: 'stop-stages',
    script: (world) => {
      world.behaves('web', { heeds: 'kill' });
      world.applies(0, agentTask('web', { hosts: ['web-1'] }));
      world.changes(12, 'web', 'stop is set', { stop: true });
    },
    ends: { web: ['Stopped', 'Failed'] },
  },
  {
    title: 'a run takes longer than timeoutSeconds',
    file: 'timeout',
    script: (world) => {
      world.behaves('web', {});
      world.applies(0, agentTask('web', { hosts: ['web-1'], timeoutSeconds: 45 }));
    },
    ends: { web: ['Failed'] },
  },
  {
    title: 'a run does not heed its own timeout, and the controller stops it',
    file: 'timeout-unheeded',
    script: (world) => {
      world.behaves('web', { ignoresTimeout: true, heeds: 'terminate' });
      world.applies(0, agentTask('web', { hosts: ['web-1'], timeoutSeconds: 45 }));
    },
    ends: { web: ['Failed'] },
  },
  {
    title: 'the supervisor of a run is killed by somebody else',
    file: 'run-lost',
    script: (world) => {
      world.behaves('web', { lostAfter: 12 });
      world.applies(0, agentTask('web', { hosts: ['web-1'] }));
      world.applies(1, agentTask('next', { hosts: ['web-1'] }));
    },
    ends: { web: ['Failed'], next: ['Succeeded'] },
  },
  {
    title: 'content that cannot be run is corrected, after a change that helps nothing',
    file: 'corrected',
    script: (world) => {
      world.applies(0, agentTask('web', { hosts: ['web-1'], content: '- name: [' }));
      world.applies(1, agentTask('next', { hosts: ['web-1'] }));
      world.changes(60, 'web', 'the user is changed', { user: 'deploy' });
      world.changes(120, 'web', 'the content is corrected', { content: '- ping:\n' });
    },
    ends: { web: ['Succeeded'], next: ['Succeeded'] },
  },
  {
    title: 'content that cannot be run stays so when it is corrected after a program was told of the end, or a stop',
    file: 'not-corrected',
    script: (world) => {
      const bad = { hosts: ['web-1'], content: '- name: [' };
      world.applies(0, agentTask('told', { ...bad, source: 'portal' }));
      world.applies(0, agentTask('stopped', bad));
      world.changes(30, 'stopped', 'is stopped', { stop: true });
      for (const name of ['told', 'stopped'])
        world.changes(60, name, 'the content is corrected', { content: '- ping:\n' });
    },
    // Where the controller comes late, it sees the corrected one, or the stop, first.
    ends: { told: ['Failed', 'Succeeded'], stopped: ['Failed', 'Stopped'] },
  },
  {
    title: 'no supervisor comes up',
    file: 'cannot-start',
    script: (world) => {
      world.behaves('web', { cannotStart: true });
      world.applies(0, agentTask('web', { hosts: ['web-1'] }));
      world.applies(1, agentTask('next', { hosts: ['web-1'] }));
    },
    ends: { web: ['Failed'], next: ['Succeeded'] },
  },
  {
    title: 'the files of a run are deleted by somebody else',
    file: 'files-gone',
    script: (world) => {
      world.behaves('web', { lasts: 40 });
      world.applies(0, agentTask('web', { hosts: ['web-1'] }));
      world.at(12, 'somebody', 'deletes all run folders', () => {
        for (const { runs } of world.machines) runs.clear();
      });
    },
    ends: { web: ['Failed', 'Succeeded'] },
  },
  {
    title: 'a run writes too much and is stopped',
    file: 'output-too-large',
    world: { maxOutputBytes: 1_000_000 },
    script: (world) => {
      world.behaves('web', { bytesPerSecond: 60_000 });
      world.applies(0, agentTask('web', { hosts: ['web-1'] }));
    },
    ends: { web: ['Failed'] },
  },
  {
    title: 'a task is deleted while it waits',
    file: 'delete-while-waiting',
    script: (world) => {
      world.applies(0, agentTask('first', { hosts: ['web-1'] }));
      world.applies(1, agentTask('second', { hosts: ['web-1'] }));
      world.applies(2, agentTask('third', { hosts: ['web-1'] }));
      world.deletes(10, 'second');
    },
    ends: { first: ['Succeeded'], second: ['gone'], third: ['Succeeded'] },
  },
  {
    title: 'a task is deleted while it runs: the run is stopped and the host freed before it goes',
    file: 'delete-while-running',
    script: (world) => {
      world.behaves('web', { heeds: 'terminate' });
      world.applies(0, agentTask('web', { hosts: ['web-1'] }));
      world.applies(1, agentTask('next', { hosts: ['web-1'] }));
      world.deletes(12, 'web');
    },
    ends: { web: ['gone'], next: ['Succeeded'] },
  },
  {
    title: 'a run at another location ends there, and is never started a second time here',
    file: 'elsewhere',
    script: (world) => {
      world.applies(0, agentTask('web', { hosts: ['web-1'], timeoutSeconds: 100 }));
      world.moves(12, 'machine-b');
      world.applies(13, agentTask('next', { hosts: ['web-1'] }));
    },
    ends: { web: ['Failed', 'Succeeded'], next: ['Succeeded'] },
  },
  {
    title: 'a task is deleted whose run is at another location',
    file: 'delete-elsewhere',
    script: (world) => {
      world.applies(0, agentTask('web', { hosts: ['web-1'], timeoutSeconds: 100 }));
      world.moves(12, 'machine-b');
      world.deletes(20, 'web');
      world.applies(21, agentTask('next', { hosts: ['web-1'] }));
    },
    ends: { web: ['gone'], next: ['Succeeded'] },
  },
  {
    title: 'a finished task is deleted after ttlSecondsAfterFinished',
    file: 'ttl',
    script: (world) => world.applies(0, agentTask('web', { hosts: ['web-1'], ttlSecondsAfterFinished: 300 })),
    ends: { web: ['gone'] },
  },
];
