import { expect } from 'vitest';

import type { AgentTaskStatus } from '../../../../crds/types/agenttask.ts';
import type { JobxSite } from './site.ts';

/** How a text that is missing is asked for. */
export const aText = "a text without ' and without line breaks";
export const list = { name: 'web', note: 'all of it', group_type: 'list', node: 'node1,node2;node3' };
export const uuid = 'AbCdEfGhIj1k';

/** The answer of a call that was heard. */
export async function answer(site: JobxSite, ...call: Parameters<JobxSite['call']>): Promise<unknown> {
  const { status, body } = await site.call(...call);
  expect(status).toBe(200);
  return body;
}

/** `info` of a call that was not done. */
export async function refusal(site: JobxSite, ...call: Parameters<JobxSite['call']>): Promise<string | undefined> {
  const { status, body } = await site.call(...call);
  expect({ status, stat: body.stat }).toEqual({ status: 200, stat: false });
  return body.info;
}

/** A group is made, and a job run on it. */
export async function runs(site: JobxSite, variable: object = { version: '2' }): Promise<void> {
  await answer(site, 'POST', '/group/1', list);
  const body = { jobname: 'install', group: 'web', variable, uuid };
  expect(await answer(site, 'POST', '/task/1/job/byname', body)).toEqual({ stat: true, uuid, data: 1 });
}

/** The first of two batches failed and waits for confirmation. */
export const halfway: AgentTaskStatus = {
  phase: 'Running',
  startTime: '2026-01-15T10:00:00Z',
  batches: [
    {
      number: 1,
      hosts: ['node1', 'node2'],
      task: 'x-1',
      phase: 'Failed',
      startTime: '2026-01-15T10:00:01Z',
      completionTime: '2026-01-15T10:01:31Z',
      confirm: 'WaitConfirm',
    },
    { number: 2, hosts: ['node3'], phase: 'Pending' },
  ],
  waiting: { batch: 2, revision: '08b17c47653f', reason: 'BatchFailed', since: '2026-01-15T10:01:31Z' },
};
