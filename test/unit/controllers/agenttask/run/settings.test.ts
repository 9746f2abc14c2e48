import { describe, expect, test } from 'vitest';

import { settingsOf } from '../../../../../controllers/agenttask/run/settings.ts';
import { agentJob, content } from '../../../../harness/agenttask/objects.ts';
import { batchTask, groupTask } from '../../../../harness/agenttask/staged.ts';
import { shown } from '../../../../harness/agenttask/observed.ts';

const job = agentJob('patch', {
  content: '- job:\n',
  user: 'jobber',
  become: { user: 'app', method: 'su' },
  forks: 7,
  timeoutSeconds: 70,
  variables: { both: 'job', jobs: 1 },
});
const fromJob = { jobRef: { name: 'patch' } };

describe('settingsOf', () => {
  test('fills in the general defaults', () => {
    expect(settingsOf(shown(), undefined)).toEqual({
      hosts: ['web-1'],
      content,
      user: 'root',
      variables: {},
      forks: 5,
      timeoutSeconds: 3600,
      hostKeyChecking: true,
    });
  });

  test('takes what the task does not say from its AgentJob', () => {
    expect(settingsOf(shown(fromJob), job)).toMatchObject({
      content: '- job:\n',
      user: 'jobber',
      become: { user: 'app', method: 'su' },
      forks: 7,
      timeoutSeconds: 70,
      variables: { both: 'job', jobs: 1 },
    });
  });

  test('gives the task of a batch its hosts as the variable ip, whatever else has that name', () => {
    const parent = groupTask({ ...fromJob, variables: { ip: 'mine', version: 2 } }, [], { work: 'abc' });
    const variables = { both: 'job', jobs: 1, version: 2 };
    expect(settingsOf(batchTask(parent, 1, {}), job).variables).toEqual({ ...variables, ip: 'a,b' });
    expect(settingsOf(parent, job).variables).toEqual({ ...variables, ip: 'mine' });
  });

  test('lets the task win, field by field, and variables name by name', () => {
    const settings = settingsOf(
      shown({
        ...fromJob,
        user: 'own',
        become: {},
        forks: 1,
        timeoutSeconds: 9,
        variables: { both: 'task' },
        hostKeyChecking: 'Disabled',
      }),
      job,
    );
    expect(settings).toMatchObject({
      user: 'own',
      become: { user: 'root', method: 'sudo' },
      forks: 1,
      timeoutSeconds: 9,
      variables: { both: 'task', jobs: 1 },
      hostKeyChecking: false,
    });
    expect(settingsOf(shown(), undefined).timeoutSeconds).toBe(3600);
  });
});
