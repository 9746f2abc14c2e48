import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { childName } from '../../../controllers/agenttask/composite/children.ts';
import { hostReports } from '../../../controllers/agenttask/host-report.ts';
import { refuseWhatIsTooLarge } from '../../../controllers/agenttask/composite/size.ts';
import type { AgentTask } from '../../../crds/types/agenttask.ts';
import { family, splitTask } from '../../harness/agenttask/family.ts';
import { agentTask, apiForFile, minimal } from './objects.ts';

const api = apiForFile();
const hosts = Array.from({ length: 1000 }, (_, index) => `${'h'.repeat(240)}${String(index).padStart(4, '0')}`);

/** The longest annotation, such as the copy that kubectl apply keeps, with which the controller takes such a task. */
function longestCopy(): { readonly copy: string; readonly reason: string } {
  let reason = '';
  let [fits, tooLong] = [0, 256 * 1024];
  while (tooLong - fits > 1) {
    const middle = Math.floor((fits + tooLong) / 2);
    const metadata = { name: 'report', uid: randomUUID(), annotations: { copy: '#'.repeat(middle) } };
    const plan = refuseWhatIsTooLarge(family(splitTask({ hosts }, {}, metadata), []), new Date());
    reason = plan?.status?.message ?? reason;
    [fits, tooLong] = plan !== undefined ? [fits, middle] : [middle, tooLong];
  }
  return { copy: '#'.repeat(fits), reason };
}

test('a split task of a thousand hosts that the controller takes can hold what became of all of them', async () => {
  const { copy, reason } = longestCopy();
  expect(reason).toMatch(/^spec.hosts: with 1000 hosts and this content/);
  const object = agentTask('report', { ...minimal, hosts, splitBy: 'Host' });
  const created = await api.create({ ...object, metadata: { name: 'report', annotations: { copy } } });
  expect(created).toMatchObject({ code: 0, stderr: '' });
  const task: AgentTask = JSON.parse(created.stdout);
  const counts = { ok: 1000, changed: 1000, failed: 1000, skipped: 1000, unreachable: 1000 };
  const children = hosts.map((host, index) => ({ name: childName(task, index), host, phase: 'PartlySucceeded' }));
  const results = hosts.map((name) => ({ name, result: 'unreachable', message: '任'.repeat(256), counts }) as const);
  const [report] = hostReports([results], results.length);
  const status = { phase: 'Failed', children, ...report };
  expect(await api.replaceStatus({ ...task, status })).toMatchObject({ code: 0, stderr: '' });
  const stored: AgentTask = JSON.parse(await api.must('get', 'agenttask', 'report', '--output=json'));
  expect(stored.status?.children).toEqual(children);
});
