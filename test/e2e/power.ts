import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { NodeCluster } from '../cluster/nodes/cluster.ts';
import { messageOf } from '../cluster/errors.ts';
import type { E2eCluster } from './provided.ts';

/** What tests, in processes of their own, ask to be done to local nodes. */
export interface PowerServer {
  readonly url: string;
  close(): void;
}

/** Listens on this machine only. */
export async function servePower(nodes: Pick<NodeCluster, 'cutPower' | 'restorePower'>): Promise<PowerServer> {
  const answer = async ({ url = '' }: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [, what, node = ''] = url.split('/');
    try {
      await (what === 'cut' ? nodes.cutPower(node) : nodes.restorePower(node));
      response.end();
    } catch (error) {
      response.writeHead(500).end(messageOf(error));
    }
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/**
 * Ends everything on a node in an instant, or starts it again and waits until it is Ready. Throws Error where nodes are
 * not of this machine.
 */
export async function power({ local }: E2eCluster, what: 'cut' | 'restore', node: string): Promise<void> {
  if (local === undefined) throw new Error('only local nodes can be cut off');
  const answer = await fetch(`${local.powerUrl}/${what}/${node}`, { method: 'POST' });
  if (!answer.ok) throw new Error(`node ${node}: ${what}: ${await answer.text()}`);
}
