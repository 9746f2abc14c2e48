import { beforeEach, describe, expect, test } from 'vitest';

import { withOperation } from '../../../../crds/operations.ts';
import { agentTasks } from '../../../../crds/types/agenttask.ts';
import { answer, halfway, list, refusal, runs, uuid } from './calls.ts';
import { jobxSite, type JobxSite } from './site.ts';

let site: JobxSite;
beforeEach(async () => {
  site = await jobxSite();
});

describe('the log', () => {
  test('tells who did what, the latest first', async () => {
    await runs(site);
    await answer(site, 'PUT', `/task/1/${uuid}`);
    const { body } = await site.call('GET', '/log/1');
    expect((body.data as readonly { readonly info: string }[]).map(({ info }) => info)).toEqual([
      `stop task ${uuid}`,
      `start task ${uuid}`,
      'add group web',
    ]);
  });

  test('tells of each act on a group and on a task, and by whom', async () => {
    await runs(site, { _rollbackVersion_: '1' });
    await answer(site, 'POST', '/group/1/1', { ...list, name: 'db' });
    site.setStatus(site.task(), halfway);
    const { body: listed } = await site.call('GET', `/subtask/1/${uuid}`);
    const [batch] = listed.data as readonly { readonly uuid: string }[];
    await answer(site, 'PUT', `/subtask/1/${batch?.uuid}/confirm`);
    await answer(site, 'DELETE', `/task/1/${uuid}`);
    await answer(site, 'PUT', `/task/1/${uuid}/norollback`);
    const { body } = await site.call('GET', '/log/1');
    const lines = body.data as readonly { readonly user: string; readonly info: string }[];
    expect(lines.map(({ user, info }) => `${user}: ${info}`).toSorted()).toEqual(
      [
        'flow@app: add group db',
        'flow@app: edit group db',
        ...['start', 'confirm', 'stop', 'norollback'].map((act) => `flow@app: ${act} task ${uuid}`),
      ].toSorted(),
    );
  });

  test('tells of an act after the making, also in the same second', async () => {
    await runs(site);
    const time = '2026-01-01T00:00:00.500Z';
    const annotations = withOperation({}, { operation: 'stop', user: 'ann', requestId: '1', time });
    const { metadata } = site.task();
    site.api.mergePatch(agentTasks, metadata, { metadata: { name: metadata.name, annotations } });
    const { body } = await site.call('GET', '/log/1');
    const infos = (body.data as readonly { readonly info: string }[]).map(({ info }) => info);
    expect(infos.filter((info) => info.endsWith(uuid))).toEqual([`stop task ${uuid}`, `start task ${uuid}`]);
  });

  test('of a task that has not begun is empty, and one of no task is refused', async () => {
    await runs(site);
    expect(await site.call('GET', `/slave/any/log/${uuid}`)).toMatchObject({ status: 200, text: '' });
    expect(await refusal(site, 'GET', '/slave/any/log/aaaaaaaaaaaa')).toBe(
      'Non-existent uuid:aaaaaaaaaaaa: give the uuid of a task or of a batch',
    );
  });
});
