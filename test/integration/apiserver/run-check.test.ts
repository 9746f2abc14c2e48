import { describe, expect, test } from 'vitest';

import { objectNameOf } from '../../../apiserver/dispatch/names.ts';
import type { AgentTaskStatus } from '../../../crds/types/agenttask.ts';
import { siteForFile } from './cluster.ts';

const site = siteForFile({ FLEETWRIGHT_DISPATCH_CREDENTIALS_SECRET: 'ssh-key' });
const httpDate = expect.stringMatching(/^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/);

/** As a polling client sees it. */
async function reported(query: object): Promise<Readonly<Record<string, unknown>> | undefined> {
  const answer = await site().facade.post('/api/check', query);
  return answer.body.content;
}

describe('a task posted to /api/run', () => {
  test('is an AgentTask with all that was sent', async () => {
    const { facade, tasks } = site();
    const name = '192.201.11.31_install nginx: 1501169594802406967';
    const body = {
      nodes: ['192.201.11.31', 'web-1'],
      user: 'deploy',
      name,
      tasks: [{ name: 'Reach it', ping: null }],
      params: '{"version":"1.2","list":[1,{"a":null}]}',
      fork_num: '7',
    };
    const answer = await facade.post('/api/run', body);
    expect(answer).toEqual({ status: 200, body: { code: 0, content: { id: expect.any(Number) } } });
    const task = (await tasks()).find(({ metadata }) => metadata.name === objectNameOf(name));
    expect(task?.metadata).toMatchObject({
      labels: { 'fleetwright.io/id': String(answer.body.content?.['id']) },
      annotations: { 'fleetwright.io/dispatch-name': name },
    });
    expect(task?.spec).toMatchObject({
      hosts: ['192.201.11.31', 'web-1'],
      user: 'deploy',
      content: '- name: "Reach it"\n  ping: null\n',
      variables: { version: '1.2', list: [1, { a: null }] },
      forks: 7,
      credentialsSecretRef: { name: 'ssh-key' },
      correlationID: '16-16',
      source: 'hubble',
    });
  });

  test('is known to /api/check at once, by id and by name', async () => {
    const { facade } = site();
    for (let count = 0; count < 20; count += 1) {
      const name = `at once ${count}`;
      const { body } = await facade.post('/api/run', { name, nodes: ['web-1'], content: '- ping:' });
      const [byId, byName] = await Promise.all([
        facade.post('/api/check', { id: body.content?.['id'] }),
        facade.post('/api/check', { name }),
      ]);
      expect(byId).toEqual({
        status: 200,
        body: { code: 0, content: expect.objectContaining({ id: body.content?.['id'], status: 0 }) },
      });
      expect(byName).toEqual(byId);
    }
  });

  test('gets a higher id than every task before it', async () => {
    const { facade } = site();
    const ids: number[] = [];
    for (let count = 0; count < 5; count += 1)
      ids.push(
        Number(
          (await facade.post('/api/run', { name: `in order ${count}`, nodes: ['web-1'], content: '- ping:' })).body
            .content?.['id'],
        ),
      );
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    expect(new Set(ids).size).toBe(5);
  });

  test('is reported in each phase as the document says', async () => {
    const { facade, setStatus } = site();
    const name = 'through all phases';
    const { body } = await facade.post('/api/run', { name, nodes: ['10.0.0.1', 'Web-2'], content: '- ping:' });
    const id = body.content?.['id'];
    const untouched = {
      create_time: httpDate,
      err: null,
      id,
      log: '[]',
      nodes: '["10.0.0.1","Web-2"]',
      status: 0,
      update_time: httpDate,
    };
    expect(await reported({ id })).toEqual(untouched);

    const counts = { ok: 1, changed: 0, failed: 0, skipped: 0, unreachable: 0 };
    const end = '2099-01-02T03:04:05Z';
    const hosts = [
      { name: '10.0.0.1', result: 'ok', counts },
      { name: 'Web-2', result: 'unreachable', message: 'no route to host' },
    ] as const;
    const steps: readonly (readonly [AgentTaskStatus, object])[] = [
      [
        { phase: 'Running', startTime: '2098-01-02T03:04:05Z' },
        { status: 1, err: null, update_time: 'Thu, 02 Jan 2098 03:04:05 GMT' },
      ],
      [
        { phase: 'Succeeded', completionTime: end },
        { status: 2, err: null, update_time: 'Fri, 02 Jan 2099 03:04:05 GMT' },
      ],
      [
        { phase: 'Failed', message: 'Ansible refused the content' },
        { status: 3, err: 'Ansible refused the content' },
      ],
      [
        { phase: 'Stopped', message: 'stopped on request' },
        { status: 4, err: 'stopped on request' },
      ],
      [
        { phase: 'PartlySucceeded', message: '2 hosts: 1 ok, 1 unreachable', hosts },
        { status: 5, err: '2 hosts: 1 ok, 1 unreachable', log: expect.stringContaining('no route to host') },
      ],
    ];
    for (const [status, expected] of steps) {
      await setStatus(objectNameOf(name), status);
      await expect.poll(() => reported({ name }), { timeout: 60_000 }).toEqual(expect.objectContaining(expected));
    }
    const log: unknown = JSON.parse(String((await reported({ id }))?.['log']));
    expect(log).toEqual([
      { host: '10.0.0.1', result: 'ok', message: '', ...counts },
      { host: 'Web-2', result: 'unreachable', message: 'no route to host' },
    ]);
  });

  test('that was deleted is not found any more, and its id is not given again', async () => {
    const { facade, client, namespace } = site();
    const name = 'short-lived';
    const { body } = await facade.post('/api/run', { name, nodes: ['web-1'], content: '- ping:' });
    const id = Number(body.content?.['id']);
    await client.delete(
      { group: 'fleetwright.io', version: 'v1alpha1', plural: 'agenttasks', kind: 'AgentTask', namespaced: true },
      { namespace, name: objectNameOf(name) },
    );
    await expect.poll(async () => (await facade.post('/api/check', { id })).status, { timeout: 60_000 }).toBe(404);
    expect(await facade.post('/api/check', { name })).toEqual({
      status: 404,
      body: { code: -1, message: 'task not found...' },
    });
    const again = await facade.post('/api/run', { name, nodes: ['web-1'], content: '- ping:' });
    expect(Number(again.body.content?.['id'])).toBeGreaterThan(id);
  });
});
