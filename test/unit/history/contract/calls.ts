import { agentTaskHistory } from '../../../../history/agenttask/kind.ts';
import { stepsOf, tasksByCorrelation } from '../../../../history/agenttask/lookups.ts';
import type { HistoryStore, ListQuery } from '../../../../history/store.ts';
import { find, task, uidOf } from '../samples.ts';

const list = (query: Omit<ListQuery, 'limit'>) => async (store: HistoryStore) =>
  store.list(agentTaskHistory, 'fleet', { limit: 100, ...query });
const days = { firstDay: '2026-11-24', lastDay: '2026-11-25' };

/** The questions that are asked while a caller waits, none of which may take longer for what is long over. */
export const readCalls: Readonly<Record<string, (store: HistoryStore) => Promise<unknown>>> = {
  'a list': list({}),
  'a list of one user': list({ user: 'user-1' }),
  'a list of what failed': list({ outcome: 'fail' }),
  'a list of jobs by a part of their name': list({ name: 'job-' }),
  'a list of one job, one user and one outcome': list({ name: 'job-1', user: 'user-1', outcome: 'success' }),
  'a list of some days': list(days),
  'a list of some days by all filters': list({ name: '-2', user: 'user-2', outcome: 'success', ...days }),
  'a list with nothing in it': list({ user: 'nobody' }),
  'the second page of a list': async (store) => {
    const { before } = await store.list(agentTaskHistory, 'fleet', { limit: 100 });
    return store.list(agentTaskHistory, 'fleet', { limit: 100, before });
  },
  'a count of a month': async (store) =>
    store.tallies(agentTaskHistory, 'fleet', { first: '2026-11-01', last: '2026-11-30' }),
  'what is over of some': async (store) => store.completed(agentTaskHistory, [uidOf(1), 'copy-7', 'copy-9000']),
  'the log of operations': async (store) => store.operationsIn('fleet', 100),
  'the operations on one': async (store) => store.operations('copy-7'),
  'a search by name': async (store) => find(store, 'copy-7'),
  'a search by id': async (store) => find(store, 7),
  'a search by correlation id': async (store) =>
    tasksByCorrelation(store, 'fleet', { correlationID: 'copy-7', source: 'a' }, 9),
  'the log of a run': async (store) => stepsOf(store, ['copy-7'], 'host-a'),
  'the highest id': async (store) => store.highestId(agentTaskHistory),
  'what is known of one': async (store) => store.knowledge(agentTaskHistory, task(1)),
};
