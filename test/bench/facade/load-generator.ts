/**
 * A process of its own, so that neither side's work waits for the other's. Every connection has one request under way
 * at any time, as the document's clients have. It ends with an error at the first answer that is not a success: figures
 * of failures compare nothing.
 */
import { once } from 'node:events';
import { connect as connectPlain, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';

import { AnswerReader } from './answers.ts';
import type { LoadJob, LoadResult } from './load-job.ts';

const job = JSON.parse(await text(process.stdin)) as LoadJob;
const requests = job.requests.map((request) => Buffer.from(request));
const latencies: number[] = [];
let next = 0;
let until = Infinity;

async function open(): Promise<Socket> {
  const { hostname: host, port, protocol } = new URL(job.origin);
  const secure = protocol === 'https:';
  const socket = secure
    ? connectTls({ host, port: Number(port), ca: job.caPem, ALPNProtocols: ['http/1.1'] })
    : connectPlain({ host, port: Number(port) });
  await once(socket, secure ? 'secureConnect' : 'connect');
  return socket.setNoDelay(true);
}

function nextRequest(): Buffer | undefined {
  const over = job.seconds === undefined ? next >= requests.length : performance.now() >= until;
  if (over) return undefined;
  const request = requests[next % requests.length];
  next += 1;
  return request;
}

/** Sends one request after the other until there are no more. */
async function converse(socket: Socket): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    let sentAt = 0;
    const send = (): void => {
      const request = nextRequest();
      if (request === undefined) {
        resolve();
        return;
      }
      sentAt = performance.now();
      socket.write(request);
    };
    const reader = new AnswerReader((status, answer) => {
      latencies.push(Math.round((performance.now() - sentAt) * 1000) / 1000);
      if (status < 200 || status > 299) reject(new Error(`an answer that is no success: ${answer().slice(0, 1000)}`));
      else send();
    });
    socket.on('data', (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
    socket.once('error', reject).once('close', () => reject(new Error('the server closed a connection')));
    send();
  });
}

try {
  const sockets = await Promise.all(Array.from({ length: job.connections }, open));
  const startedAt = performance.now();
  const cpuAtStart = process.cpuUsage();
  until = startedAt + (job.seconds ?? 0) * 1000;
  await Promise.all(sockets.map(converse));
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpuAtStart);
  const result: LoadResult = { answers: latencies.length, seconds, latencies, cpu: (user + system) / 1000 };
  process.stdout.write(JSON.stringify(result), () => process.exit(0));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`, () => process.exit(1));
}
