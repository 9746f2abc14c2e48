import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { childName } from '../../../controllers/agenttask/composite/children.ts';
import { refuseWhatIsTooLarge } from '../../../controllers/agenttask/composite/size.ts';
import type { AgentTask } from '../../../crds/types/agenttask.ts';
import { family, splitTask } from '../../harness/world/family.ts';
import { agentTask, apiForFile } from './objects.ts';

const api = apiForFile();
const hosts = Array.from({ length: 1000 }, (_, index) => `${'h'.repeat(96)}${String(index).padStart(4, '0')}`);

/** The longest content with which the controller takes a task on these hosts as one that can report on them. */
function longestContent(): string {
  let [fits, tooLong] = [0, 524_288];
  while (tooLong - fits > 1) {
    const middle = Math.floor((fits + tooLong) / 2);
    const task = splitTask({ hosts, content: '#'.repeat(middle) }, {}, { name: 'report', uid: randomUUID() });
    // How much the children's copies take together is another matter.
    const refused = refuseWhatIsTooLarge(family(task, []), new Date())?.status?.message?.startsWith('spec.hosts') === true;
    [fits, tooLong] = refused ? [fits, middle] : [middle, tooLong];
  }
  return '#'.repeat(fits);
}

test('a split task of a thousand hosts that the controller takes can hold what became of all of them', async () => {
  const content = longestContent();
  expect(content.length).toBeLessThan(524_000);
  const created = await api.create(agentTask('report', { hosts, content, splitBy: 'Host' }));
  expect(created).toMatchObject({ code: 0, stderr: '' });
  const task: AgentTask = JSON.parse(created.stdout);
  const counts = { ok: 1000, changed: 1000, failed: 1000, skipped: 1000, unreachable: 1000 };
  const children = hosts.map((host, index) => ({ name: childName(task, index), host, phase: 'PartlySucceeded' }));
  const status = { phase: 'Failed', children, hosts: hosts.map((name) => ({ name, result: 'unreachable', message: '任'.repeat(120), counts })) };
  expect(await api.replaceStatus({ ...task, status })).toMatchObject({ code: 0, stderr: '' });
  const stored: AgentTask = JSON.parse(await api.must('get', 'agenttask', 'report', '--output=json'));
  expect(stored.status?.children).toEqual(children);
});
