import { readFile } from 'node:fs/promises';

import { expect, onTestFinished, test } from 'vitest';

import { newToken } from '../../../apiserver/auth/digest.ts';
import { startControlPlane } from '../../cluster/control-plane.ts';
import { installCrds } from '../../cluster/crds.ts';
import { applyCredential } from './credentials.ts';
import { launchFacade } from './process.ts';

interface AuditEvent {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly impersonatedUser?: { readonly username: string; readonly groups?: readonly string[] };
  readonly objectRef?: { readonly resource?: string; readonly namespace?: string };
  readonly responseStatus?: { readonly code: number };
}

test('the audit log of the API server names the caller on all that is done for him or denied', async () => {
  // Of its own: it writes an audit log.
  const plane = await startControlPlane({
    auditLog: true,
    components: { controllerManager: false, scheduler: false, kwok: false },
  });
  onTestFinished(() => plane.stop());
  await installCrds(plane.kubeconfigPath, undefined, { kubectlPath: plane.kubectlPath });
  const token = newToken();
  const request = {
    name: 'orion',
    token,
    user: 'fleetwright:orion',
    groups: ['night-shift'],
    namespace: 'default',
    taskNamespaces: ['default'],
  };
  await applyCredential(request, plane);
  const facade = await launchFacade(plane.kubeconfigPath, 'default');
  onTestFinished(async () => void (await facade.stop()));

  const headers = { authorization: `Bearer ${token}` };
  const run = { name: 'audited', nodes: ['web-1'], tasks: '- ping:' };
  expect((await facade.post('/api/run', run, headers)).status).toBe(200);
  expect((await facade.post('/api/stop', { name: 'audited' }, headers)).status).toBe(200);
  await plane.kubectl(['delete', 'rolebinding', 'fleetwright-credential-orion']);
  let tries = 0;
  // Each by a name of its own: one that is taken, since the API server did not know yet, is not asked for again.
  const denied = async (): Promise<number> => {
    tries += 1;
    return (await facade.post('/api/run', { ...run, name: `denied ${tries}` }, headers)).status;
  };
  await expect.poll(denied, { timeout: 60_000 }).toBe(403);
  await facade.stop();

  const text = await readFile(plane.auditLogPath ?? '', 'utf8');
  const events = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AuditEvent);
  const ours = events.filter(
    ({ objectRef, verb }) =>
      objectRef?.resource === 'agenttasks' && ['create', 'patch', 'update', 'delete'].includes(verb),
  );
  const seen = ours.map(
    ({ verb, user, impersonatedUser, responseStatus }) =>
      `${user.username} for ${impersonatedUser?.username} ` +
      `(${impersonatedUser?.groups?.join(', ')}): ${verb} ${responseStatus?.code}`,
  );
  const orion = 'admin for fleetwright:orion (night-shift, system:authenticated)';
  expect([...new Set(seen)].toSorted()).toEqual([
    `${orion}: create 201`,
    `${orion}: create 403`,
    `${orion}: patch 200`,
  ]);
  expect(text).not.toContain(token);
});
