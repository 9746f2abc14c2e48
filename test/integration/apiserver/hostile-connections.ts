import { beforeAll, describe, expect, test } from 'vitest';

import type { Site } from './cluster.ts';
import { connectTo, converse, faultsOf, goodBody, head, hear, paths, type Conversation } from './hostile.ts';

const good = JSON.stringify(goodBody());
const length = `Content-Length: ${good.length}`;

/** The whole of a good call. */
function call(path: string, body: object): string {
  const text = JSON.stringify(body);
  return `${head('POST', path, `Content-Length: ${Buffer.byteLength(text)}`)}\r\n\r\n${text}`;
}

function ids(answers: Conversation['answers']): readonly number[] {
  return answers.map(({ text }) => (JSON.parse(text) as { readonly content: { readonly id: number } }).content.id);
}

/**
 * Says what is wrong with how something unreadable was taken: it is refused in the form of the API, once, and the
 * connection ends.
 */
function faultOfEnd({ answers, closed }: Conversation, status: number): readonly string[] {
  const [answer] = answers;
  if (!closed || answers.length > 1) return [`${answers.length} answers, ${closed ? 'closed' : 'left open'}`];
  if (answer?.status !== status) return [`answered ${answer?.status ?? 'nothing'}: ${answer?.text ?? ''}`];
  return /^\{"code":-1,"message":".+"\}$/.test(answer.text) ? [] : [`answered ${answer.text}`];
}

/** Lets everything else have a turn. */
async function nextTurn(): Promise<object> {
  return new Promise((resolve) => setTimeout(() => resolve({}), 100));
}

/**
 * A hundred callers each that drip headers and bodies. Resolves when all of them were cut off, with what was wrong with
 * that or with how others were answered all the while.
 */
async function dripUntilCutOff({ facade }: Site): Promise<readonly string[]> {
  const dripped: Promise<Conversation>[] = [];
  const drip = (start: string, letters: string): void => {
    const socket = connectTo(facade.url);
    socket.write(start);
    let sent = 0;
    const timer = setInterval(() => void socket.write(letters[(sent += 1) % letters.length] ?? ''), 500);
    socket.once('close', () => clearInterval(timer));
    dripped.push(hear(socket, 2));
  };
  for (let count = 0; count < 100; count += 1) {
    drip('POST /api/run HTTP/1.1\r\nX-Slow: ', 'x');
    drip(`${head('POST', '/api/run', `Content-Length: ${good.length}`)}\r\n\r\n`, ' ');
  }
  let calls = 0;
  const all = Promise.all(dripped).then((conversations) => ({ conversations, ended: true }));
  for (let round = await Promise.race([all, nextTurn()]); ; round = await Promise.race([all, nextTurn()])) {
    if ('conversations' in round) break;
    const { status } = await facade.post('/api/check', { name: 'not there' });
    calls += status === 404 ? 1 : 0;
    if (status !== 404) return [`another caller was answered ${status}`];
  }
  const { conversations } = await all;
  return [
    ...(calls > 0 ? [] : ['nobody else was answered']),
    // A byte that meets a closed connection destroys the answer that was on its way.
    ...conversations.filter(({ answers }) => answers.length > 0).flatMap((heard) => faultOfEnd(heard, 408)),
    ...(conversations.every(({ closed }) => closed) ? [] : ['not everybody was cut off']),
  ];
}

/** Declares the tests of what the facade takes from a connection, which are the same with TLS and without. */
export function testHostileConnections(site: () => Site): void {
  let dripping: Promise<readonly string[]>;

  // It takes half a minute, in which everything else goes on.
  beforeAll(() => {
    dripping = dripUntilCutOff(site());
    dripping.catch(() => undefined);
  });

  describe('many calls on one connection', () => {
    test('that come at once are all answered, in their order', async () => {
      const { facade } = site();
      const bodies = [goodBody(), goodBody(), goodBody()];
      const made = await converse(
        facade.url,
        [...bodies.map((body) => call('/api/run', body)), call('/api/check', { name: 'not there' })].join(''),
        4,
      );
      expect(made.answers.map(({ status }) => status)).toEqual([200, 200, 200, 404]);
      const found = await converse(
        facade.url,
        [call('/api/run', bodies[0] ?? {}), ...bodies.map(({ name }) => call('/api/check', { name }))].join(''),
        4,
      );
      expect(found.answers.map(({ status }) => status)).toEqual([400, 200, 200, 200]);
      expect(ids(found.answers.slice(1))).toEqual(ids(made.answers.slice(0, 3)));
    });

    test('a hundred of them', async () => {
      const { answers } = await converse(site().facade.url, call('/api/check', { name: 'not there' }).repeat(100), 100);
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 100 }, () => 404));
    });

    test('what comes behind a body that is refused is read as what it is, a call', async () => {
      const wrong = '{"name": ';
      const { answers } = await converse(
        site().facade.url,
        `${head('POST', '/api/run', `Content-Length: ${wrong.length}`)}\r\n\r\n` +
          `${wrong}${call('/api/check', { name: 'not there' })}`,
        2,
      );
      expect(answers.map(({ status }) => status)).toEqual([400, 404]);
    });
  });

  describe('a length that is not one', () => {
    test.each([
      ['two of them', [length, 'Content-Length: 3'], 400],
      ['the same twice', [length, length], 400],
      ['two in one', [`Content-Length: ${good.length}, ${good.length}`], 400],
      ['a negative one', ['Content-Length: -1'], 400],
      ['a word', ['Content-Length: many'], 400],
      ['one with a sign', [`Content-Length: +${good.length}`], 400],
      ['one beyond all numbers', [`Content-Length: ${'9'.repeat(40)}`], 400],
      ['one beside chunks', [length, 'Transfer-Encoding: chunked'], 400],
      ['chunks that nobody knows', ['Transfer-Encoding: x-foo'], 400],
      ['chunks twice', ['Transfer-Encoding: chunked, chunked'], 400],
    ])('is refused, and what follows is not taken for a call: %s', async (_what, headers, status) => {
      const faults = await faultsOf(site(), async () =>
        faultOfEnd(
          await converse(
            site().facade.url,
            `${head('POST', '/api/run', ...headers)}\r\n\r\n${good}${call('/api/run', goodBody())}`,
            2,
          ),
          status,
        ),
      );
      expect(faults).toEqual([]);
    });

    test.each([
      ['has a length that is none', `xyz\r\n${good}\r\n0\r\n\r\n`],
      ['is longer than it says', `3\r\n${good}\r\n0\r\n\r\n`],
      ['says that it is longer than memory', `${'f'.repeat(20)}\r\n${good}\r\n0\r\n\r\n`],
    ])('is refused in chunks of which one %s', async (_what, chunks) => {
      const faults = await faultsOf(site(), async () => {
        const { answers, closed } = await converse(
          site().facade.url,
          `${head('POST', '/api/run', 'Transfer-Encoding: chunked')}\r\n\r\n${chunks}`,
          2,
        );
        return closed && answers.every(({ status }) => status === 400)
          ? []
          : [`answered ${answers.map(({ status }) => status).join()}`];
      });
      expect(faults).toEqual([]);
    });

    test.each(paths)('that is missing means that there is no body (%s)', async (path) => {
      const faults = await faultsOf(site(), async () => {
        const { answers } = await converse(site().facade.url, `${head('POST', path)}\r\n\r\n`);
        return answers
          .map(({ status, text }) => `${status} ${text}`)
          .filter((answer) => answer !== '400 {"code":-1,"message":"json encode error"}');
      });
      expect(faults).toEqual([]);
    });
  });

  describe('what is no request', () => {
    test.each<readonly [string, string | Buffer, number]>([
      ['noise', Buffer.from(Array.from({ length: 4000 }, (_, index) => (index * 7919) % 256)), 400],
      ['a greeting for TLS', Buffer.from('16030100c8010000c40303', 'hex'), 400],
      ['the opening words of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
      ['no host', 'POST /api/run HTTP/1.1\r\nContent-Length: 0\r\n\r\n', 400],
      ['a version from the future', 'POST /api/run HTTP/9.9\r\nHost: a\r\n\r\n', 400],
      ['a NUL character in a header', `${head('POST', '/api/run', length, 'X-Other: a\0b')}\r\n\r\n${good}`, 400],
      ['a NUL character in the path', `${head('POST', '/api/run\0', length)}\r\n\r\n${good}`, 400],
      ['a header in two lines', `${head('POST', '/api/run', length, 'X-Other: a\r\n b')}\r\n\r\n${good}`, 400],
      ['a header without a name', `${head('POST', '/api/run', length, ': a')}\r\n\r\n${good}`, 400],
      [
        'a blank before the colon',
        `${head('POST', '/api/run', length, 'Transfer-Encoding : chunked')}\r\n\r\n${good}`,
        400,
      ],
      [
        'a header of 20 KiB',
        `${head('POST', '/api/run', length, `X-Other: ${'x'.repeat(20_000)}`)}\r\n\r\n${good}`,
        431,
      ],
      [
        '5000 headers',
        `${head('POST', '/api/run', length, ...Array.from({ length: 5000 }, (_, index) => `X-${index}: 1`))}\r\n\r\n` +
          good,
        431,
      ],
      ['a path of 20 KiB', `${head('POST', `/api/run?${'x'.repeat(20_000)}`, length)}\r\n\r\n${good}`, 431],
    ])('is refused, and the connection ends: %s', async (_what, bytes, status) => {
      expect(
        await faultsOf(site(), async () => faultOfEnd(await converse(site().facade.url, bytes, 2), status)),
      ).toEqual([]);
    });

    test('a tunnel is not dug', async () => {
      expect(
        await faultsOf(site(), async () => {
          const { answers, closed } = await converse(
            site().facade.url,
            `${head('CONNECT', 'example.test:443')}\r\n\r\n`,
          );
          return closed && answers.length === 0 ? [] : ['it was answered'];
        }),
      ).toEqual([]);
    });
  });

  describe('a call that asks for more than an answer', () => {
    test('whether its body is wanted is told to go on, and is answered', async () => {
      const body = '{"name":"not there"}';
      const { answers } = await converse(
        site().facade.url,
        `${head('POST', '/api/check', `Content-Length: ${body.length}`, 'Expect: 100-continue')}\r\n\r\n${body}`,
      );
      expect(answers.map(({ status }) => status)).toEqual([404]);
    });

    test('whether 50 MiB are wanted is refused before they are sent', async () => {
      const faults = await faultsOf(site(), async () => {
        const { answers } = await converse(
          site().facade.url,
          `${head('POST', '/api/run', `Content-Length: ${50 * 1024 * 1024}`, 'Expect: 100-continue')}\r\n\r\n`,
        );
        return answers.map(({ status }) => `answered ${status}`).filter((answer) => answer !== 'answered 413');
      });
      expect(faults).toEqual([]);
    });

    test('something that nobody knows is refused', async () => {
      const faults = await faultsOf(site(), async () => {
        const { answers } = await converse(
          site().facade.url,
          `${head('POST', '/api/run', length, 'Expect: 200-miracle')}\r\n\r\n${good}`,
        );
        return answers
          .map(({ status, text }) => `${status} ${text}`)
          .filter((answer) => !/^417 \{"code":-1,"message":".+"\}$/.test(answer));
      });
      expect(faults).toEqual([]);
    });

    test.each([['websocket'], ['h2c']])('to speak %s from now on is answered as a call', async (protocol) => {
      const body = '{"name":"not there"}';
      const headers = [`Content-Length: ${body.length}`, 'Connection: Upgrade', `Upgrade: ${protocol}`];
      const { answers } = await converse(site().facade.url, `${head('POST', '/api/check', ...headers)}\r\n\r\n${body}`);
      expect(answers.map(({ status }) => status)).toEqual([404]);
    });
  });

  test('slow callers, who drip headers or bodies, hold up nobody and are cut off', async () => {
    expect(await faultsOf(site(), () => dripping)).toEqual([]);
  });
}
