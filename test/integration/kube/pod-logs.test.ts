import { expect, test } from 'vitest';

import { NotFoundError, TransportError } from '../../../kube/errors.ts';
import { KubePodLogs, type PodLogOptions } from '../../../kube/podlogs.ts';
import { startFaulty } from './faulty.ts';

const pod = { namespace: 'ns', name: 'p-0' };

function options(change: Partial<PodLogOptions> = {}): PodLogOptions {
  return { container: 'runner', follow: true, signal: new AbortController().signal, ...change };
}

function failure(reading: Promise<void>): Promise<unknown> {
  return reading.then(
    () => undefined,
    (error: unknown) => error,
  );
}

test('a log is handed over as it comes, until the server ends it', async () => {
  const { server, transport } = await startFaulty();
  const first = Promise.withResolvers<string>();
  let text = '';
  const reading = new KubePodLogs(transport).read(pod, options({ limitBytes: 1000 }), (chunk) => {
    text += chunk.toString('utf8');
    first.resolve(text);
  });
  const exchange = await server.next('call');
  expect(`${exchange.method} ${exchange.url.pathname}`).toBe('GET /api/v1/namespaces/ns/pods/p-0/log');
  expect(Object.fromEntries(exchange.url.searchParams)).toEqual({
    container: 'runner',
    follow: 'true',
    limitBytes: '1000',
  });
  exchange.begin(200);
  exchange.raw('one\n');
  expect(await first.promise).toBe('one\n');
  exchange.raw('two\n');
  exchange.end();
  await reading;
  expect(text).toBe('one\ntwo\n');
});

test('the log of a pod that is gone is an error of its class', async () => {
  const { server, transport } = await startFaulty();
  const outcome = failure(new KubePodLogs(transport).read(pod, options({ follow: false }), () => undefined));
  const exchange = await server.next('call');
  expect(exchange.url.searchParams.has('follow')).toBe(false);
  exchange.refuse(404, 'NotFound');
  expect(await outcome).toBeInstanceOf(NotFoundError);
});

test('a log that is silent too long, or that nobody wants any more, is given up', async () => {
  const { server, transport } = await startFaulty({ streamTimeout: 1000 });
  const logs = new KubePodLogs(transport);
  const silent = failure(logs.read(pod, options(), () => undefined));
  (await server.next('call')).begin(200);
  expect(await silent).toBeInstanceOf(TransportError);
  const unwanted = new AbortController();
  const reading = failure(logs.read(pod, options({ signal: unwanted.signal }), () => undefined));
  const exchange = await server.next('call');
  exchange.begin(200);
  unwanted.abort();
  expect(await reading).toBeInstanceOf(TransportError);
  await exchange.closed;
});
