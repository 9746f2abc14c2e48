import { Registry } from '@prometheus-io/client';
import { KubeConfig } from '@kubernetes/client-node';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';

import { bearerKind } from '../../../apiserver/auth/bearer-kind.ts';
import { HttpMetrics } from '../../../apiserver/metrics.ts';
import { siteOf, type CallersSite } from '../../../apiserver/site.ts';
import { configMaps } from '../../../kube/builtin.ts';
import { KubeClient } from '../../../kube/client.ts';
import { Credentials } from '../../../kube/credentials.ts';
import { Transport } from '../../../kube/transport.ts';

function site(): CallersSite {
  const transport = new Transport(new Credentials(() => new KubeConfig()));
  onTestFinished(() => transport.close());
  return siteOf({
    log: pino({ level: 'silent' }),
    client: new KubeClient(transport, { fieldManager: 'fleetwright-facade' }),
    history: undefined,
    metrics: new HttpMetrics(new Registry()),
    namespace: 'default',
    host: 'none',
    kinds: [bearerKind, bearerKind],
  });
}

const highest = async (): Promise<number> => 0;

test('APIs that make objects of one kind take their ids from one source, which would else wait for itself', () => {
  const made = site();
  expect(made.ids(configMaps, 'a', highest)).toBe(made.ids(configMaps, 'a', highest));
  expect(made.ids(configMaps, 'a', highest)).not.toBe(made.ids(configMaps, 'b', highest));
});

test('APIs of one kind of credential go by one store of it', () => {
  const made = site();
  expect(made.authentication('one', bearerKind).credentials).toBe(made.authentication('other', bearerKind).credentials);
});
