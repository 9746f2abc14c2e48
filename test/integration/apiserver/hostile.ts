import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { connect as connectByTls } from 'node:tls';

import type { Site } from './cluster.ts';
import { headers } from './process.ts';

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
}

/** What a connection brought before it was closed, or before it had brought enough. */
export interface Conversation {
  readonly answers: readonly RawAnswer[];
  readonly closed: boolean;
}

interface Description {
  readonly paths: Readonly<
    Record<
      string,
      { readonly post?: { readonly tags: readonly string[]; readonly responses: Readonly<Record<string, object>> } }
    >
  >;
}

const description = JSON.parse(
  readFileSync(new URL('../../../docs/openapi.json', import.meta.url), 'utf8'),
) as Description;

/** All calls of the dispatch API. */
export const paths = Object.keys(description.paths).filter(
  (path) => description.paths[path]?.post?.tags.includes('dispatch') === true,
);

/** A body of which a task is made; each has a name of its own. */
export function goodBody(name = `good ${process.hrtime.bigint()}`): {
  readonly name: string;
  readonly nodes: readonly string[];
  readonly tasks: string;
} {
  return { name, nodes: ['192.0.2.31'], tasks: '- ping:' };
}

/** The head of a good call, up to its empty line but without it. */
export function head(method: string, path: string, ...more: readonly string[]): string {
  return [
    `${method} ${path} HTTP/1.1`,
    'Host: facade',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...more,
  ].join('\r\n');
}

export function connectTo(url: string): Socket {
  const { hostname, port, protocol } = new URL(url);
  const socket = protocol === 'https:' ? connectByTls(Number(port), hostname) : connect(Number(port), hostname);
  // Whoever sends nonsense is cut off, at whatever moment.
  socket.on('error', () => undefined);
  return socket;
}

/** Sends the bytes on a connection of its own. Resolves when so many answers came, or when the other side closed. */
export async function converse(url: string, bytes: string | Buffer, wanted = 1): Promise<Conversation> {
  const socket = connectTo(url);
  socket.write(bytes);
  try {
    return await hear(socket, wanted, bytes.toString().startsWith('HEAD '));
  } finally {
    socket.destroy();
  }
}

/** Resolves when so many answers came on a connection, or when the other side closed it. */
export async function hear(socket: Socket, wanted = 1, headsOnly = false): Promise<Conversation> {
  let data: Buffer = Buffer.alloc(0);
  // Also when it is cut off, which is an error of the socket: `once` of events would pass that on.
  const closed = new Promise<boolean>((resolve) => socket.once('close', () => resolve(true)));
  const enough = new Promise<boolean>((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      data = Buffer.concat([data, chunk]);
      if (answersIn(data, headsOnly).length >= wanted) resolve(false);
    });
  });
  const ended = await Promise.race([enough, closed]);
  return { answers: answersIn(data, headsOnly), closed: ended };
}

/** @returns the whole answers in it. The facade names the length of each. @throws Error for what is no answer */
function answersIn(data: Buffer, headsOnly: boolean): readonly RawAnswer[] {
  const answers: RawAnswer[] = [];
  for (let position = 0; position < data.length;) {
    const end = data.indexOf('\r\n\r\n', position);
    if (end < 0) return answers;
    const [first = '', ...lines] = data.toString('latin1', position, end).split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1]);
    if (Number.isNaN(status)) throw new Error(`not an answer: ${first.slice(0, 100)}`);
    const fields = new Map(
      lines.map(
        (line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()] as const,
      ),
    );
    const start = end + 4;
    // An answer to HEAD tells the length of what it leaves out.
    const stop = start + (headsOnly ? 0 : Number(fields.get('content-length') ?? 0));
    if (stop > data.length) return answers;
    // "Go on" is no answer yet.
    if (status !== 100) answers.push({ status, headers: fields, text: data.toString('utf8', start, stop) });
    position = stop;
  }
  return answers;
}

/**
 * @returns what is wrong with a refusal: it has the form of the API, and a status that its description names for the
 * call.
 */
function faultOfRefusal(path: string, status: number, text: string): readonly string[] {
  const statuses = Object.keys(description.paths[path]?.post?.responses ?? {}).filter((known) => known.startsWith('4'));
  const inForm = /^\{"code":-1,"message":".+"\}$/s.test(text) && typeof JSON.parse(text).message === 'string';
  return statuses.includes(String(status)) && inForm ? [] : [`${path} answered ${status}: ${text.slice(0, 200)}`];
}

/** Sends the bytes as the body of a call. */
export async function send(
  site: Site,
  path: string,
  body: string | Buffer,
  more: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly text: string }> {
  const answer = await fetch(site.facade.url + path, {
    method: 'POST',
    headers: { ...headers, ...more },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
  return { status: answer.status, text: await answer.text() };
}

/**
 * Does what is to be refused.
 * @returns what was wrong with it, which `work` says, and with what came of it: that something was made, that the
 * facade is not there for others any more, or that it took a fault of its callers for its own. Nothing is as it should
 * be.
 */
export async function faultsOf(site: Site, work: () => Promise<readonly string[]>): Promise<readonly string[]> {
  const before = (await site.tasks()).length;
  const faults = await work();
  const made = (await site.tasks()).length - before;
  const { status } = await site.facade.post('/api/check', { name: 'not there' });
  const errors = site.facade
    .log()
    .split('\n')
    .filter((line) => /"level":(?:50|60)/.test(line));
  return [
    ...faults,
    ...(made === 0 ? [] : [`${made} tasks were made`]),
    ...(status === 404 ? [] : [`a good call was answered ${status}`]),
    ...errors,
  ];
}

/** The same for one body that is sent to calls. */
export async function faultsOfBody(
  site: Site,
  calls: readonly string[],
  body: string | Buffer,
  more: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  return faultsOf(site, async () => {
    const faults: string[] = [];
    for (const path of calls) {
      const { status, text } = await send(site, path, body, more);
      faults.push(...faultOfRefusal(path, status, text));
    }
    return faults;
  });
}
