import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { ClusterError } from './errors.ts';

// Below the ranges that Linux (32768 up) and macOS (49152 up) hand to outgoing connections: while an API server is
// down between stop and start, no client on this machine can be given its port by chance.
const lowest = 20_000;
const highest = 32_000;
const attempts = 200;

/**
 * Distinct loopback TCP ports that nobody listened on a moment ago. Another process may take one before it is used:
 * whoever starts a server on them must be ready to pick anew. Throws ClusterError NO_FREE_PORT.
 */
export async function pickPorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>();
  for (let attempt = 0; attempt < attempts && ports.size < count; attempt++) {
    const port = randomInt(lowest, highest);
    if (!ports.has(port) && (await isFree(port))) {
      ports.add(port);
    }
  }
  if (ports.size < count) {
    throw new ClusterError(
      'NO_FREE_PORT',
      `No ${count} free ports between ${lowest} and ${highest} on 127.0.0.1: end programs that listen there.`,
    );
  }
  return [...ports];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      server.close(() => resolve(true));
    });
  });
}
