import { expect } from 'vitest';

import { accessManifests, credentialManifests } from '../../apiserver/credential/manifests.ts';
import { appkeyKind } from '../../apiserver/jobx/appkey-kind.ts';
import { jobxCallers } from '../../apiserver/jobx/callers.ts';
import { callJobx, type DocumentedCall, type Said } from '../integration/apiserver/jobx.ts';
import { system, type Installed } from './installed.ts';

const patience = { timeout: 120_000, interval: 500 };

interface Answer {
  readonly stat: boolean;
  readonly info?: string;
  readonly uuid?: string;
  readonly data?: unknown;
}

/**
 * What needs rights of the facade or of its callers, by orion with an appkey and by a service account: groups are made,
 * changed and deleted, a job is run on one and another one stopped, and what is not there is asked for.
 * @param project namespace of project 1
 */
export async function callGroups(site: Installed, project: string, content: string): Promise<void> {
  const metadata = { namespace: project };
  const credential = appkeyKind.make();
  const orion = { name: 'orion-jobx', callers: jobxCallers, user: 'fleetwright:orion', groups: ['night-shift'] };
  const account = `system:serviceaccount:${site.tasks}:pipeline`;
  await site.apply([
    ...credentialManifests({ ...orion, credential, namespace: system, taskNamespaces: [project] }),
    ...accessManifests({ name: 'pipeline-jobx', callers: jobxCallers, user: account, taskNamespaces: [project] }),
    {
      apiVersion: 'fleetwright.io/v1alpha1',
      kind: 'AgentJob',
      metadata: { ...metadata, name: 'install' },
      spec: { content },
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { ...metadata, name: 'fleetwright-hosts' },
      data: { hosts: 'localhost' },
    },
  ]);
  await callAs(site, 'orion', { appname: credential.data['appname'] ?? '', appkey: credential.secret });
  await callAs(site, 'pipeline', { authorization: await site.pipeline() });
}

async function callAs(site: Installed, who: string, headers: Readonly<Record<string, string>>): Promise<void> {
  const call = async (documented: DocumentedCall, { path = {}, body }: Said = {}): Promise<Answer> => {
    const said = { path: { projectid: 1, ...path }, ...(body === undefined ? {} : { body }) };
    return (await callJobx(site.facade.url, headers, documented, said)).body as Answer;
  };
  // Credentials and rights are told of by a watch.
  await expect.poll(() => call('GET /group/:projectid'), patience).toMatchObject({ stat: true });
  const done = { stat: true };
  const group = { name: who, group_type: 'list', node: 'localhost' };
  expect(await call('POST /group/:projectid', { body: group })).toMatchObject(done);
  const percent = { name: `all of ${who}`, group_type: 'percent', percent: '1' };
  expect(await call('POST /group/:projectid', { body: percent })).toMatchObject(done);
  const listed = (): Promise<Answer> => call('GET /group/:projectid');
  await expect
    .poll(listed, patience)
    .toMatchObject({ data: expect.arrayContaining([expect.objectContaining({ name: percent.name })]) });
  const [{ id } = { id: 0 }] = (await listed()).data as readonly { readonly id: number }[];
  expect(await call('POST /group/:projectid/:id', { path: { id }, body: percent })).toMatchObject(done);
  expect(await call('DELETE /group/:projectid/:id', { path: { id } })).toMatchObject(done);
  expect(await call('GET /group/:projectid/:id', { path: { id: 987_654_321 } })).toMatchObject({
    info: expect.stringContaining('mismatch id'),
  });

  const run = async (): Promise<string> => {
    const { uuid = '' } = await call('POST /task/:projectid/job/byname', { body: { jobname: 'install', group: who } });
    return uuid;
  };
  const uuid = await run();
  const task = (): Promise<Answer> => call('GET /task/:projectid/:uuid', { path: { uuid } });
  await expect.poll(task, patience).toMatchObject({ data: { status: 'success' } });
  const log = await callJobx(site.facade.url, headers, 'GET /slave/:slave/log/:uuid', { path: { slave: 'any', uuid } });
  expect(log.body).toContain('localhost changed');
  expect(await call('DELETE /task/:projectid/:uuid', { path: { uuid: await run() } })).toMatchObject(done);
  expect(await call('GET /task/:projectid/:uuid', { path: { uuid: 'AbCdEfGhIj1k' } })).toEqual({ ...done, data: null });
  const nobodys = { jobname: 'install', group: 'nobody made it' };
  expect(await call('POST /task/:projectid/job/byname', { body: nobodys })).toMatchObject({ stat: false });
}
