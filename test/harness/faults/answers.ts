import type { ServerResponse } from 'node:http';

import type { KubeObject } from '../../../kube/objects.ts';
import type { Answer } from './server.ts';

/** Answers for a FaultServer, from the well-behaved to the malicious. */

export function json(body: object, httpStatus = 200, headers: Readonly<Record<string, string>> = {}): Answer {
  return (response) => void response.writeHead(httpStatus, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** A metav1.Status as the API server sends it. */
export function refusal(httpStatus: number, reason: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return json(status(httpStatus, reason), httpStatus, headers);
}

export function status(code: number, reason: string): object {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message: `made up: ${reason}` };
}

/** What is no Status at all, as a proxy sends it. */
export function html(httpStatus: number): Answer {
  return (response) => void response.writeHead(httpStatus, { 'content-type': 'text/html' }).end('<html><body><h1>Bad Gateway</h1></body></html>');
}

/** One page of a list; `more` is its continue token. */
export function page(resourceVersion: string, items: readonly KubeObject[], more?: string): Answer {
  return json({ kind: 'List', apiVersion: 'v1', metadata: { resourceVersion, ...(more === undefined ? {} : { continue: more }) }, items });
}

/** Takes the request and never says a word. */
export const silence: Answer = () => undefined;

/** Resets the connection before a byte of an answer. */
export const reset: Answer = (response) => {
  const { socket } = response;
  socket?.resetAndDestroy();
};

export function line(type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR', object: object): string {
  return `${JSON.stringify({ type, object })}\n`;
}

/** A watch that sends these pieces, each as a chunk of its own, and stays open. */
export function streaming(...pieces: readonly (string | Buffer)[]): Answer {
  return (response) => send(response, pieces);
}

/** The same, ended by the server as it does after its timeout. */
export function ending(...pieces: readonly (string | Buffer)[]): Answer {
  return async (response) => {
    await send(response, pieces);
    response.end();
  };
}

/** The same, reset in the middle. */
export function cutting(...pieces: readonly (string | Buffer)[]): Answer {
  return async (response) => {
    await send(response, pieces);
    response.socket?.resetAndDestroy();
  };
}

async function send(response: ServerResponse, pieces: readonly (string | Buffer)[]): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.socket?.setNoDelay(true);
  response.flushHeaders();
  for (const piece of pieces) {
    const { promise, resolve } = Promise.withResolvers<void>();
    response.write(piece, () => resolve());
    await promise;
    // Another turn of the loop, so that pieces leave one by one and do not come as one read.
    await new Promise((next) => setImmediate(next));
  }
}
