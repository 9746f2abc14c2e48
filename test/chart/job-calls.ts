import { vi } from 'vitest';

import { permissionsOf, readAudit, uses } from './audit.ts';
import type { Installed } from './installed.ts';

/**
 * Tasks in Jobs: one whose pod waits for a node before it does its work, and one that is stopped, does not heed that,
 * and is deleted.
 */
export async function runJobs(site: Installed, content: string): Promise<void> {
  const { jobs } = site;
  const metadata = { namespace: site.tasks };
  const spec = { hosts: ['web-1'], executor: 'job', content };
  const kind = { apiVersion: 'fleetwright.io/v1alpha1', kind: 'AgentTask' };
  await site.apply([{ ...kind, metadata: { ...metadata, name: 'works' }, spec }]);
  const works = await jobs.pod('works');
  await called(site, 'list events');
  const working = await jobs.begin(works);
  await called(site, 'get pods/log');
  await jobs.succeed(working);
  await jobs.task('works', ({ status }) => status?.phase === 'Succeeded');
  await called(site, 'delete configmaps');

  await site.apply([{ ...kind, metadata: { ...metadata, name: 'stops' }, spec: { ...spec, hosts: ['web-2'] } }]);
  const stopping = await jobs.begin(await jobs.pod('stops'));
  await jobs.task('stops', ({ status }) => status?.phase === 'Running');
  await site.kubectl(['patch', 'agenttask', 'stops', '-n', site.tasks, '--type=merge', '-p', '{"spec":{"stop":true}}']);
  await called(site, 'delete pods');
  await jobs.endWhenAsked(stopping);
  await jobs.task('stops', ({ status }) => status?.phase === 'Stopped');
  await site.kubectl(['delete', 'agenttask', 'works', 'stops', '-n', site.tasks, '--timeout=120s']);
}

/** Resolves when the controllers have made a call of this kind, such as `list events`. */
async function called(site: Installed, permission: string): Promise<void> {
  const wanted = permissionsOf(await site.roles()).filter(
    ({ text }) => text.includes('-controllers') && text.endsWith(`: ${permission}`),
  );
  if (wanted.length === 0) throw new Error(`no role of the controllers allows to ${permission}`);
  const made = async (): Promise<boolean> =>
    (await readAudit(site.plane, [site.accounts.controllers])).some((event) => wanted.some((one) => uses(event, one)));
  await vi.waitUntil(made, { timeout: 120_000, interval: 1000 });
}
