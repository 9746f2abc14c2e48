import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';

import { fastify } from 'fastify';
import { describe, expect, onTestFinished, test } from 'vitest';

import { answerExpectations, answerUnreadable } from '../../../apiserver/client-errors.ts';

/** Sends bytes and resolves with all that comes back until the connection is closed. */
async function exchange(sent: string, http = {}): Promise<string> {
  const app = fastify({ clientErrorHandler: answerUnreadable, http });
  onTestFinished(() => app.close());
  answerExpectations(app.server);
  app.post('/', async () => ({}));
  await app.listen({ host: '127.0.0.1', port: 0 });
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  let received = '';
  socket.setEncoding('utf8').on('data', (text: string) => (received += text));
  socket.write(sent);
  await once(socket, 'close');
  return received;
}

describe('what is no request is answered in the form of the other failures, and the connection closed', () => {
  test.each([
    ['text that is not HTTP', 'hello\r\n\r\n', 400, 'this is not a valid HTTP request'],
    [
      'a header with a line end in it',
      'POST / HTTP/1.1\r\nhost: a\r\n\u0001: b\r\n\r\n',
      400,
      'this is not a valid HTTP request',
    ],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
      400,
      'this is not a valid HTTP request',
    ],
    [
      'something to expect that nobody knows',
      'POST / HTTP/1.1\r\nhost: a\r\nexpect: 200-miracle\r\ncontent-length: 0\r\n\r\n',
      417,
      'the header Expect asks for something that is not known here: leave it out',
    ],
    [
      'headers of 20 KiB',
      `POST / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
      431,
      'the headers are larger than 16 KiB together',
    ],
  ])('%s', async (_, sent, status, message) => {
    const [head = '', body = ''] = (await exchange(sent)).split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} .*\\r\\n`));
    expect(head).toMatch(/\r\nconnection: close(\r\n|$)/i);
    expect(JSON.parse(body)).toEqual({ code: -1, message });
  });

  test('headers that do not arrive in time', async () => {
    const answer = await exchange('POST / HTTP/1.1\r\nhost: a\r\n', {
      headersTimeout: 50,
      requestTimeout: 100,
      connectionsCheckingInterval: 20,
    });
    expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    expect(answer).toContain('the request did not arrive in time');
  });
});
