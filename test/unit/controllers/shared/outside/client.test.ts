import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

import { describe, expect, onTestFinished, test } from 'vitest';

import { OutsideClients } from '../../../../../controllers/shared/outside/clients.ts';
import { OutsideClient, type OutsideOptions } from '../../../../../controllers/shared/outside/client.ts';
import { outsideTrouble } from '../../../../../controllers/shared/outside/troubles.ts';

interface Served {
  readonly url: string;
  readonly asked: string[];
}

async function serve(answer: RequestListener): Promise<Served> {
  const asked: string[] = [];
  const server = createServer((message: IncomingMessage, reply) => {
    asked.push(`${message.method} ${message.url} ${message.headers.authorization ?? '-'}`);
    answer(message, reply);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

function clientOf(endpoints: readonly string[], more: Partial<OutsideOptions> = {}): OutsideClient {
  const client = new OutsideClient({ system: 'Storage', endpoints, ...more });
  onTestFinished(() => client.close());
  return client;
}

const ok: RequestListener = (_, reply) => reply.end('{"ok":true}');
/** A port at which nobody listens. */
const nobody = 'http://127.0.0.1:1';

async function troubleBy(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const trouble = outsideTrouble(error);
  return trouble === undefined ? `not expected: ${String(error)}` : `${trouble.reason}: ${trouble.message}`;
}

describe('a call', () => {
  test('carries the credential, and its answer is parsed', async () => {
    const { url, asked } = await serve(ok);
    const client = clientOf([`${url}/`], { headers: { authorization: 'Basic abc' } });
    expect(await client.call({ method: 'GET', path: '/a?b=1' })).toEqual({ status: 200, body: { ok: true } });
    expect(asked).toEqual(['GET /a?b=1 Basic abc']);
  });

  test('to a port without TLS says so, not where in OpenSSL that was found', async () => {
    const { url } = await serve(ok);
    const client = clientOf([url.replace('http:', 'https:')]);
    expect(await troubleBy(client.call({ method: 'GET', path: '/' }))).toMatch(
      /^StorageUnreachable: .* at \S+: it does not speak TLS there: see whether the URL begins with http/,
    );
  });

  test('goes to the next endpoint when one is not there, and to that one first from then on', async () => {
    const { url, asked } = await serve(ok);
    const client = clientOf([nobody, url]);
    await client.call({ method: 'POST', path: '/made', body: {} });
    await client.call({ method: 'GET', path: '/seen' });
    expect(asked.map((line) => line.split(' ')[1])).toEqual(['/made', '/seen']);
  });

  test('that could be done twice is not tried again after it was sent', async () => {
    const broken = await serve((message) => message.socket.destroy());
    const { url, asked } = await serve(ok);
    const client = clientOf([broken.url, url]);
    expect(await troubleBy(client.call({ method: 'POST', path: '/made', body: {} }))).toMatch(
      /^StorageUnreachable: Storage does not answer at any of /,
    );
    expect(asked).toEqual([]);
    await client.call({ method: 'PUT', path: '/set', body: {}, repeatable: true });
    expect(asked).toHaveLength(1);
  });

  test('that gets no answer in time is given up', async () => {
    const { url } = await serve(() => undefined);
    const call = clientOf([url]).call({ method: 'GET', path: '/', timeout: 50 });
    expect(await troubleBy(call)).toBe(`StorageUnreachable: Storage does not answer at ${url}: no answer in time`);
  });
});

test.for([
  [401, 'StorageLetsNobodyIn: Storage answered GET /x with 401: see that the Secret holds the right credential'],
  [503, 'StorageRefuses: Storage answered GET /x with 503: {"ok":false}'],
  [302, 'StorageRefuses: Storage answered GET /x with 302: {"ok":false}'],
] as const)('an answer %i is a wait with a name', async ([status, words]) => {
  const { url } = await serve((_, reply) =>
    reply.writeHead(status, { location: nobody }).end('{"ok":\n  false}'.replace(/\s+/g, '')),
  );
  expect(await troubleBy(clientOf([url]).call({ method: 'GET', path: '/x?secret=1' }))).toContain(words);
});

test('a status that is an answer is read', async () => {
  const { url } = await serve((_, reply) => reply.writeHead(408).end('{"timed_out":true}'));
  const answer = await clientOf([url]).call({ method: 'GET', path: '/', reads: [408] });
  expect(answer).toEqual({ status: 408, body: { timed_out: true } });
});

test('what is not JSON is no answer', async () => {
  const { url } = await serve((_, reply) => reply.end('<html>'));
  expect(await troubleBy(clientOf([url]).call({ method: 'GET', path: '/' }))).toBe(
    'StorageRefuses: Storage answered GET / with something that is not JSON',
  );
});

test('connections are kept for an object until its endpoint or credential changes', () => {
  const clients = new OutsideClients();
  const first = clients.of('default/a', { system: 'Storage', endpoints: [nobody] });
  expect(clients.of('default/a', { system: 'Storage', endpoints: [nobody] })).toBe(first);
  expect(clients.of('default/b', { system: 'Storage', endpoints: [nobody] })).not.toBe(first);
  expect(clients.of('default/a', { system: 'Storage', endpoints: [nobody], headers: { a: 'b' } })).not.toBe(first);
  clients.forget('default/a');
  clients.forget('default/b');
});
