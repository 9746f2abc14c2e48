import { beforeEach, describe, expect, test } from 'vitest';

import { historyFinalizer } from '../../../../crds/labels.ts';
import { deployGroups } from '../../../../crds/types/deploygroup.ts';
import { deployGroupHistory } from '../../../../history/deploygroup/kind.ts';
import { operationsOf } from '../../../../history/recorder/operations.ts';
import type { HistoryStore } from '../../../../history/store.ts';
import { complete, openStore } from '../../history/samples.ts';
import { answer, halfway, list, refusal, runs, uuid } from './calls.ts';
import { jobxSite, type JobxSite } from './site.ts';

/* What a caller sees while the recorder is at work. */

let site: JobxSite;
let history: HistoryStore;
beforeEach(async () => {
  history = await openStore();
  site = await jobxSite({ history });
});

/** The history, which does something before or after it has answered such a question for the first time. */
function asking(question: 'list' | 'tallies', when: 'before' | 'after', act: () => Promise<void>): HistoryStore {
  let done = false;
  const once = async (moment: typeof when): Promise<void> => {
    if (done || moment !== when) return;
    done = true;
    await act();
  };
  return new Proxy(history, {
    get(store, name: keyof HistoryStore) {
      const method = store[name].bind(store) as (...asked: readonly unknown[]) => Promise<unknown>;
      if (name !== question) return method;
      return async (...asked: readonly unknown[]) => {
        await once('before');
        const answered = await method(...asked);
        await once('after');
        return answered;
      };
    },
  });
}

/** A job was run, and is recorded at this moment of the question. */
async function ended(question: 'list' | 'tallies', when: 'before' | 'after'): Promise<void> {
  site = await jobxSite({ history: asking(question, when, async () => complete(history, site.task())) });
  await runs(site);
  site.setStatus(site.task(), { ...halfway, phase: 'Failed', completionTime: '2026-01-15T10:05:00Z' });
}

describe('a task that is recorded while somebody asks', () => {
  test.each(['before', 'after'] as const)('is in the list once (%s the list is read)', async (when) => {
    await ended('list', when);
    const { body } = await site.call('GET', '/task/1');
    expect(body.data).toMatchObject([{ uuid, status: 'fail' }]);
  });

  test.each(['before', 'after'] as const)('is counted once (%s the others are counted)', async (when) => {
    await ended('tallies', when);
    expect(await answer(site, 'GET', '/task/1/count')).toMatchObject({ data: { success: 0, running: 0, fail: 1 } });
  });
});

test('a group that was deleted is gone, also while the history holds it', async () => {
  await runs(site);
  const [group] = site.api.list(deployGroups);
  if (group === undefined) throw new Error('there is no group');
  const { name } = group.metadata;
  site.api.mergePatch(deployGroups, group.metadata, { metadata: { name, finalizers: [historyFinalizer] } });
  // Its end is not recorded yet.
  site.api.delete(deployGroups, group.metadata);
  expect(await answer(site, 'GET', '/group/1')).toEqual({ stat: true, data: [] });
  expect(await refusal(site, 'GET', '/group/1/1')).toMatch(/^mismatch id/);
  expect(await refusal(site, 'DELETE', '/group/1/1')).toMatch(/^mismatch id/);
  const body = { jobname: 'install', group: 'web' };
  expect(await refusal(site, 'POST', '/task/1/job/byname', body)).toMatch(/^group name null: web/);
  expect(await answer(site, 'POST', '/third/option/groupname', { project_id: 1 })).toEqual({ stat: true, data: [] });
  expect(await refusal(site, 'POST', '/group/1', list)).toBe(
    'the name web is, or was, that of another group: ' +
      'give another one; if it was deleted just now, try again in a moment',
  );
});

test('the log tells of a group that is gone by the name that callers gave it, and who deleted it', async () => {
  await answer(site, 'POST', '/group/1', list);
  const [made] = site.api.list(deployGroups);
  if (made === undefined) throw new Error('there is no group');
  const held = { metadata: { ...made.metadata, finalizers: [historyFinalizer] } };
  site.api.mergePatch(deployGroups, made.metadata, held);
  await answer(site, 'DELETE', '/group/1/1');
  const [group] = site.api.list(deployGroups);
  if (group === undefined) throw new Error('the history does not hold the group');
  await history.see(deployGroupHistory, [group], operationsOf(group));
  site.api.mergePatch(deployGroups, group.metadata, { metadata: { ...group.metadata, finalizers: [] } });
  expect(site.api.list(deployGroups)).toEqual([]);
  expect(await answer(site, 'GET', '/log/1')).toMatchObject({
    data: [
      { user: 'flow@app', info: 'delete group web' },
      { user: 'flow@app', info: 'add group web' },
    ],
  });
});
