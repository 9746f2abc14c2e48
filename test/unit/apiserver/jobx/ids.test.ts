import { Registry } from '@prometheus-io/client';
import { KubeConfig } from '@kubernetes/client-node';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';

import { jobx } from '../../../../apiserver/jobx/api.ts';
import { HttpMetrics } from '../../../../apiserver/metrics.ts';
import { siteOf } from '../../../../apiserver/site.ts';
import { groupIdCounterName, idCounterName } from '../../../../crds/labels.ts';
import { KubeClient } from '../../../../kube/client.ts';
import { Credentials } from '../../../../kube/credentials.ts';
import { readSettings } from '../../../../kube/flags.ts';
import { Transport } from '../../../../kube/transport.ts';
import { FakeApi, failure } from '../../kube/fake-api.ts';
import { MemoryHistory } from '../memory-history.ts';

test('where counter and mark are gone, ids of tasks and groups go on above those that the history knows', async () => {
  const history = new MemoryHistory();
  history.highestId = async ({ type }) => (type.kind === 'AgentTask' ? 40 : 7);
  const transport = new Transport(new Credentials(() => new KubeConfig()));
  onTestFinished(() => transport.close());
  const site = siteOf({
    log: pino({ level: 'silent' }),
    client: new KubeClient(transport, { fieldManager: 'fleetwright-facade' }),
    history,
    metrics: new HttpMetrics(new Registry()),
    namespace: 'default',
    host: 'none',
    kinds: [jobx.callers.credential],
  });
  const client = new FakeApi();
  client.before = async ({ verb }) => (verb === 'create' ? Promise.reject(failure(403, 'Forbidden')) : undefined);
  const highestBy = new Map<string, () => Promise<number>>();
  const read = readSettings('jobx', jobx.settings, ['--jobx-projects', '1=team-a'], {});
  if (typeof read === 'string') throw new Error('nobody asked for help');
  jobx.configure(read, { withHistory: true }).open({
    ...site,
    client,
    ids(type, counter, highest) {
      highestBy.set(counter, highest);
      return site.ids(type, counter, highest);
    },
  });
  expect(await highestBy.get(idCounterName)?.()).toBe(40);
  expect(await highestBy.get(groupIdCounterName)?.()).toBe(7);
});
