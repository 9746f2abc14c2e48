import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { childName } from '../../../controllers/agenttask/composite/children.ts';
import { refuseWhatIsTooLarge } from '../../../controllers/agenttask/composite/size.ts';
import type { AgentTask } from '../../../crds/types/agenttask.ts';
import { family, splitTask } from '../../harness/agenttask/family.ts';
import { agentTask, apiForFile } from './objects.ts';

const api = apiForFile();
// So long that the report, not the copies of the content, is what limits the task.
const hosts = Array.from({ length: 1000 }, (_, index) => `${'h'.repeat(216)}${String(index).padStart(4, '0')}`);

/** The longest content with which the controller takes a task on these hosts. */
function longestContent(): { readonly content: string; readonly reason: string } {
  let reason = '';
  let [fits, tooLong] = [0, 524_288];
  while (tooLong - fits > 1) {
    const middle = Math.floor((fits + tooLong) / 2);
    const task = splitTask({ hosts, content: '#'.repeat(middle) }, {}, { name: 'report', uid: randomUUID() });
    const plan = refuseWhatIsTooLarge(family(task, []), new Date());
    reason = plan?.status?.message ?? reason;
    [fits, tooLong] = plan !== undefined ? [fits, middle] : [middle, tooLong];
  }
  return { content: '#'.repeat(fits), reason };
}

test('a split task of a thousand hosts that the controller takes can hold what became of all of them', async () => {
  const { content, reason } = longestContent();
  expect(reason).toMatch(/^spec.hosts: with 1000 hosts and this content/);
  const created = await api.create(agentTask('report', { hosts, content, splitBy: 'Host' }));
  expect(created).toMatchObject({ code: 0, stderr: '' });
  const task: AgentTask = JSON.parse(created.stdout);
  const counts = { ok: 1000, changed: 1000, failed: 1000, skipped: 1000, unreachable: 1000 };
  const children = hosts.map((host, index) => ({ name: childName(task, index), host, phase: 'PartlySucceeded' }));
  const status = {
    phase: 'Failed',
    children,
    hosts: hosts.map((name) => ({ name, result: 'unreachable', message: '任'.repeat(120), counts })),
  };
  expect(await api.replaceStatus({ ...task, status })).toMatchObject({ code: 0, stderr: '' });
  const stored: AgentTask = JSON.parse(await api.must('get', 'agenttask', 'report', '--output=json'));
  expect(stored.status?.children).toEqual(children);
});
