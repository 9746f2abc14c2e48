import { createServer } from 'node:net';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { pickPorts } from '../../cluster/ports.ts';

test('picked ports are distinct and can be listened on', async () => {
  const ports = await pickPorts(5);
  expect(new Set(ports).size).toBe(5);
  for (const port of ports) {
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
  }
});
