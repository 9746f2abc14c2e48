import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { brotliCompressSync, gzipSync } from 'node:zlib';

import { describe, expect, test } from 'vitest';

import { memoryUse } from '../../bench/process-stats.ts';
import { siteForFile } from './cluster.ts';
import { faultsOf, faultsOfBody, goodBody, paths, send } from './hostile.ts';
import { headers } from './process.ts';

const site = siteForFile();
const creating = ['/api/run', '/api/parallel_run'] as const;
const deep = 10_000;
const mebibyte = 1024 * 1024;

/** A good body with a field more, or another one, whose JSON is given. */
function withField(field: string, json: string): string {
  return `${JSON.stringify(goodBody()).slice(0, -1)},${JSON.stringify(field)}:${json}}`;
}

/** @returns nothing when all these calls refuse the body and it has no other effect */
async function faults(
  calls: readonly string[],
  body: string | Buffer,
  more: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  return faultsOfBody(site(), calls, body, more);
}

/** YAML of which a reader that follows aliases makes ten to the power of `levels` texts. */
function multiplied(levels: number): string {
  const lines = Array.from(
    { length: levels },
    (_, level) => `a${level + 1}: &a${level + 1} [${Array.from({ length: 10 }, () => `*a${level}`).join(', ')}]`,
  );
  return ['a0: &a0 x', ...lines].join('\n');
}

function* blocks(count: number): Generator<Buffer> {
  const block = Buffer.alloc(mebibyte, 'x');
  for (let sent = 0; sent < count; sent += 1) yield block;
}

/**
 * Sends so many MiB without taking breath, with or without telling the length before.
 * @returns the status of the answer
 */
async function flood(url: string, size: number, told: boolean): Promise<number> {
  const call = request(`${url}/api/run`, {
    method: 'POST',
    headers: { ...headers, ...(told ? { 'content-length': size * mebibyte } : {}) },
  });
  const answered = once(call, 'response').then(([answer]) => {
    const { statusCode = 0 }: IncomingMessage = answer;
    return statusCode;
  });
  // The facade may close before it has taken everything.
  await pipeline(Readable.from(blocks(size)), call).catch(() => undefined);
  return answered;
}

describe('a body that is too large', () => {
  test('of 50 MiB is refused without being kept in memory, whether its length is told before or not', async () => {
    const here = site();
    const { peak: before } = await memoryUse(here.facade.pid);
    const found = await faultsOf(here, async () => {
      const statuses = await Promise.all(
        [true, false, true, false].map(async (told) => flood(here.facade.url, 50, told)),
      );
      return statuses.filter((status) => status !== 413).map((status) => `answered ${status}`);
    });
    expect(found).toEqual([]);
    const { peak } = await memoryUse(here.facade.pid);
    // Two of them are read as far as a body may be long, 4 MiB, and pass through buffers.
    expect(peak - before).toBeLessThan(100);
  });
});

describe('nesting', () => {
  test.each([
    ['a list', '['.repeat(deep) + ']'.repeat(deep)],
    ['a list that does not end', '['.repeat(deep)],
    ['objects', '{"a":'.repeat(deep) + '1' + '}'.repeat(deep)],
    ['a million lists', '['.repeat(mebibyte) + ']'.repeat(mebibyte)],
  ])('of %s as the body is refused by every call', async (_what, body) => {
    expect(await faults(paths, body)).toEqual([]);
  });

  test.each(['tasks', 'content', 'params', 'nodes', 'name', 'user', 'fork_num', 'tasktype'])(
    'in the field %s is refused',
    async (field) => {
      expect(await faults(creating, withField(field, '['.repeat(deep) + ']'.repeat(deep)))).toEqual([]);
      expect(await faults(creating, withField(field, '[{"a":'.repeat(deep) + '1' + '}]'.repeat(deep)))).toEqual([]);
    },
  );

  test('in the text of params is refused', async () => {
    for (const text of [
      '['.repeat(deep) + ']'.repeat(deep),
      '{"a":'.repeat(deep) + '1' + '}'.repeat(deep),
      `{"a":${'['.repeat(deep)}${']'.repeat(deep)}}`,
    ]) {
      expect(await faults(creating, withField('params', JSON.stringify(text)))).toEqual([]);
    }
  });

  test('in a field that no call reads does no harm', async () => {
    const { status, text } = await send(
      site(),
      '/api/check',
      `{"name":"not there","other":${'['.repeat(deep)}${']'.repeat(deep)}}`,
    );
    expect([status, text]).toEqual([404, '{"code":-1,"message":"task not found..."}']);
  });
});

describe('YAML text is content, stored as it was sent and not looked into', () => {
  test.each([
    ['that is nested ten thousand times', '- debug: {msg: ' + '['.repeat(deep) + ']'.repeat(deep) + '}'],
    ['that multiplies by aliases', multiplied(24)],
    ['that holds itself', '- &a [*a]'],
    ['with a tag of a program', '- !!python/object/apply:os.system ["true"]'],
  ])('%s', async (_what, content) => {
    const { facade, tasks } = site();
    const body = goodBody();
    expect((await facade.post('/api/run', { ...body, tasks: content })).status).toBe(200);
    const made = (await tasks()).find(
      ({ metadata }) => metadata.annotations?.['fleetwright.io/dispatch-name'] === body.name,
    );
    expect(made?.spec.content).toBe(content);
  });
});

describe('an encoding that the API does not speak', () => {
  const good = JSON.stringify(goodBody());
  test.each<readonly [string, Buffer, Readonly<Record<string, string>>]>([
    ['gzip', gzipSync(good), { 'content-encoding': 'gzip' }],
    ['brotli', brotliCompressSync(good), { 'content-encoding': 'br' }],
    ['gzip of 64 MiB', gzipSync(Buffer.alloc(64 * mebibyte, ' ')), { 'content-encoding': 'gzip' }],
    [
      'one that nobody knows',
      Buffer.from(Buffer.from(good).map((byte) => byte ^ 0x2a)),
      { 'content-encoding': 'x-foo' },
    ],
    ['UTF-16', Buffer.from(good, 'utf16le'), { 'content-type': 'application/json; charset=utf-16' }],
    [
      'UTF-16 with a mark',
      Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(good, 'utf16le')]),
      { 'content-type': 'application/json; charset=utf-16' },
    ],
    [
      'UTF-32',
      Buffer.from(Array.from(good, (letter) => [letter.charCodeAt(0), 0, 0, 0]).flat()),
      { 'content-type': 'application/json; charset=utf-32' },
    ],
    [
      'Latin 1',
      Buffer.from(good.replace('good', 'größe'), 'latin1'),
      { 'content-type': 'application/json; charset=iso-8859-1' },
    ],
    [
      'a form',
      Buffer.from('name=a&nodes=192.0.2.31&tasks=-+ping:'),
      { 'content-type': 'application/x-www-form-urlencoded' },
    ],
    [
      'many parts',
      Buffer.from(`--x\r\ncontent-disposition: form-data; name="body"\r\n\r\n${good}\r\n--x--\r\n`),
      { 'content-type': 'multipart/form-data; boundary=x' },
    ],
    ['UTF-8 that is too long for its letters', Buffer.from(good.replace('good', '\u00c0'), 'latin1'), {}],
    [
      'UTF-8 with half a character',
      Buffer.concat([
        Buffer.from('{"name":"'),
        Buffer.from([0xed, 0xa0, 0x80]),
        Buffer.from(good.slice(good.indexOf('",'))),
      ]),
      {},
    ],
    ['bytes at random', Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7919) % 256)), {}],
  ])('is refused: %s', async (_what, body, more) => {
    expect(await faults(paths, body, more)).toEqual([]);
  });
});

describe('JSON that says strange things', () => {
  test.each([
    ['a number beyond all numbers', '1e400'],
    ['a number below them', '-1e400'],
    ['a number with a thousand digits', '9'.repeat(1000)],
    ['a fraction', '1.5'],
    ['a NUL character', '"\\u0000"'],
    ['half a character', '"\\ud800"'],
    ['a value that is no JSON', 'NaN'],
  ])('is refused in a number of forks: %s', async (_what, json) => {
    expect(await faults(creating, withField('fork_num', json))).toEqual([]);
  });

  test.each(['1e400', '[1e400]', '{"a":1e400}', '{"a":{"b":[123456789012345678901234567890]}}', '"{\\"a\\":1e400}"'])(
    'is refused in params: %s',
    async (json) => {
      expect(await faults(creating, withField('params', json))).toEqual([]);
    },
  );

  test.each([
    ['name', '"a\\u0000b"'],
    ['name', '"\\ud800"'],
    ['name', '"a\\udc00\\ud800"'],
    ['name', '"\\u2028"'],
    ['nodes', '["192.0.2.31\\u0000"]'],
    ['nodes', '["\\ud800"]'],
    ['user', '"root\\u0000"'],
    ['user', '"\\udfff"'],
    ['content', '"- ping: \\ud800"'],
    ['params', '{"a\\u0000":1}'],
    ['params', '{"\\ud800":1}'],
    ['name', `"${'x'.repeat(mebibyte)}"`],
    ['nodes', JSON.stringify(Array.from({ length: 100_000 }, (_, index) => `web-${index}`))],
    ['user', `"${'x'.repeat(mebibyte)}"`],
  ])('is refused in %s: %.40s', async (field, json) => {
    const body =
      field === 'content' ? withField(field, json).replace('"tasks":"- ping:",', '') : withField(field, json);
    expect(await faults(creating, body)).toEqual([]);
  });

  test.each(['1e400', '-1', '1.5', '"1e400"', '9'.repeat(400), '"\\u0000"', 'true'])(
    'is refused as an id: %s',
    async (id) => {
      expect(await faults(['/api/check', '/api/stop'], `{"id":${id}}`)).toEqual([]);
    },
  );

  test.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'])(
    'has no fields that are not there by being about %s',
    async (key) => {
      const good = JSON.stringify(goodBody());
      expect(await faults(creating, `{${JSON.stringify(key)}:${good}}`)).toEqual([]);
      expect(
        await faults(creating, `{${JSON.stringify(key)}:{"name":"a"},"nodes":["192.0.2.31"],"tasks":"- ping:"}`),
      ).toEqual([]);
      // And nothing of it stays behind for the next call.
      expect(await faults(creating, '{"nodes":["192.0.2.31"],"tasks":"- ping:"}')).toEqual([]);
    },
  );

  test('has for every field the last value that was sent, as in other readers of JSON', async () => {
    const { facade, tasks } = site();
    const [first, last] = [goodBody(), goodBody()];
    const before = (await tasks()).length;
    const answer = await facade.post(
      '/api/run',
      `{"name":${JSON.stringify(first.name)},"name":${JSON.stringify(last.name)},` +
        '"nodes":["192.0.2.31"],"nodes":["192.0.2.32"],"tasks":"- ping:"}',
    );
    expect(answer.status).toBe(200);
    const made = await tasks();
    expect(made).toHaveLength(before + 1);
    expect(
      made.find(({ metadata }) => metadata.annotations?.['fleetwright.io/dispatch-name'] === last.name)?.spec.hosts,
    ).toEqual(['192.0.2.32']);
  });
});
