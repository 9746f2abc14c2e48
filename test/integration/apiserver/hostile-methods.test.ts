import { METHODS } from 'node:http';

import { describe, expect, test } from 'vitest';

import { siteForFile } from './cluster.ts';
import { converse, faultsOf, goodBody, head, paths, send } from './hostile.ts';

const site = siteForFile();
const others = METHODS.filter((method) => method !== 'POST' && method !== 'CONNECT');

describe('a call by another method', () => {
  test.each(paths)('is refused by %s and makes nothing, whatever comes with it', async (path) => {
    const body = JSON.stringify(goodBody());
    const faults = await faultsOf(site(), async () => {
      const found: string[] = [];
      for (const method of others) {
        const { answers } = await converse(
          site().facade.url,
          `${head(method, path, `Content-Length: ${body.length}`, 'Connection: close')}\r\n\r\n${body}`,
        );
        const [answer] = answers;
        // Neither may have a body: the answer to HEAD says only how long it would be.
        const expected = method === 'HEAD' ? '' : JSON.stringify({ code: -1, message: `${path} takes POST only` });
        if (answer?.status !== 405 || answer.headers.get('allow') !== 'POST' || answer.text !== expected)
          found.push(`${method}: ${answer?.status} ${answer?.text}`);
      }
      return found;
    });
    expect(faults).toEqual([]);
  });

  test('says in a header that another one is meant, and makes nothing all the same', async () => {
    for (const header of ['x-http-method-override', 'x-http-method', 'x-method-override']) {
      const faults = await faultsOf(site(), async () => {
        const answer = await fetch(`${site().facade.url}/api/run`, { method: 'GET', headers: { [header]: 'POST' } });
        return answer.status === 401 ? [] : [`answered ${answer.status}`];
      });
      expect(faults).toEqual([]);
    }
  });
});

describe('a path that is almost one of a call', () => {
  test.each([
    '/api/run/',
    '//api/run',
    '/api//run',
    '/api/run%00',
    '/api/run%2f',
    '/api/RUN',
    '/API/run',
    '/api/run;a=b',
    '/api/./run',
    '/api/x/../../api/run/x',
    '/api/run%',
    '/api/%ff',
    '/api/run%0d%0aX-Injected:%201',
    '/api',
    '/%2e%2e/etc/passwd',
    `/${'a/'.repeat(2000)}`,
  ])('%.40s is none', async (path) => {
    const body = JSON.stringify(goodBody());
    const faults = await faultsOf(site(), async () => {
      const { answers } = await converse(
        site().facade.url,
        `${head('POST', path, `Content-Length: ${body.length}`)}\r\n\r\n${body}`,
      );
      const [answer] = answers;
      if (answer === undefined || ![400, 404].includes(answer.status)) return [`answered ${answer?.status}`];
      if (answer.headers.has('x-injected')) return ['a header was injected'];
      return /^\{"code":-1,"message":".+"\}$/s.test(answer.text) ? [] : [`answered ${answer.text}`];
    });
    expect(faults).toEqual([]);
  });

  test('but a query behind it changes nothing', async () => {
    const { status } = await send(site(), '/api/check?name=other&id=1', '{"name":"not there"}');
    expect(status).toBe(404);
  });
});
