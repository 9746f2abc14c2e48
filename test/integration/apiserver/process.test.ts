import { once } from 'node:events';
import { createServer, connect, type AddressInfo } from 'node:net';

import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { createNamespace, testCluster, type TestNamespace } from '../../cluster/testing.ts';
import { variants } from '../../harness/matrix.ts';
import { headers, runFacade, startFacade, type FacadeProcess } from './process.ts';
import { startHoldingProxy } from './proxy.ts';

let namespace: TestNamespace;

beforeAll(async () => {
  namespace = await createNamespace();
  return () => namespace.remove();
});

async function started(
  env: Readonly<Record<string, string>> = {},
  kubeconfigPath = testCluster().kubeconfigPath,
): Promise<FacadeProcess> {
  const facade = await startFacade(kubeconfigPath, namespace.name, env);
  onTestFinished(async () => void (await facade.stop()));
  return facade;
}

async function ending(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const { ended } = runFacade(args, { KUBECONFIG: testCluster().kubeconfigPath, ...env });
  const { code, stderr } = await ended;
  expect(code).toBe(1);
  // A reason for people, not a stack.
  expect(stderr).not.toContain('    at ');
  return stderr;
}

describe('a facade that is started wrongly ends and says what to do', () => {
  test('with a kubeconfig that is not there', async () => {
    expect(await ending([], { KUBECONFIG: '/nowhere/kubeconfig' })).toMatch(
      /no credentials for the API server .*\/nowhere\/kubeconfig.*check the kubeconfig/,
    );
  });

  test('open to everybody as a user of Kubernetes’ own', async () => {
    expect(await ending(['--dispatch-open-as-user', 'system:admin'], {})).toContain(
      '--dispatch-open-as-user (FLEETWRIGHT_DISPATCH_OPEN_AS_USER) is "system:admin": ' +
        'names that begin with "system:" belong to Kubernetes',
    );
  });

  test('with a history that cannot be opened', async () => {
    const env = {
      FLEETWRIGHT_NAMESPACE: namespace.name,
      FLEETWRIGHT_DISPATCH_NAMESPACE: namespace.name,
      FLEETWRIGHT_HISTORY_FILE: '/dev/null/history.db',
    };
    expect(await ending(['--port', '0', '--health-port', '0'], env)).toMatch(
      /--history-file \(FLEETWRIGHT_HISTORY_FILE\): .*\/dev\/null/,
    );
  });

  test('in a namespace that does not exist', async () => {
    const env = { FLEETWRIGHT_NAMESPACE: namespace.name, FLEETWRIGHT_DISPATCH_NAMESPACE: 'not-there' };
    expect(await ending(['--port', '0', '--health-port', '0'], env)).toContain(
      '--dispatch-namespace (FLEETWRIGHT_DISPATCH_NAMESPACE): there is no namespace not-there; ' +
        'create it with: kubectl create namespace not-there',
    );
  });

  test('on a port that is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const env = { FLEETWRIGHT_NAMESPACE: namespace.name };
    expect(await ending(['--port', String(port), '--health-port', '0'], env)).toContain(
      `--port (FLEETWRIGHT_PORT): another program listens on 127.0.0.1 port ${port}`,
    );
  });

  test('but shows its help without any of that', async () => {
    const { child, ended } = runFacade(['--help'], {});
    let shown = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (shown += text));
    expect((await ended).code).toBe(0);
    expect(shown).toContain('--dispatch-open-as-user USER');
  });
});

test('health, readiness and metrics are served on a port of their own', async () => {
  const facade = await started();
  await facade.post('/api/check', { id: 1 });
  expect(await (await fetch(`${facade.healthUrl}/healthz`)).text()).toContain('[+] process ok');
  const ready = await fetch(`${facade.healthUrl}/readyz`);
  expect([ready.status, await ready.text()]).toEqual([200, '[+] cache ok\n[+] credentials ok\n[+] serving ok\nok\n']);
  const metrics = await (await fetch(`${facade.healthUrl}/metrics`)).text();
  expect(metrics).toContain('fleetwright_http_requests_total{method="POST",route="/api/check",code="404"} 1');
  expect(metrics).toContain('rest_client_requests_total');
  expect(metrics).toContain('fleetwright_credentials 1');
  expect(metrics).toMatch(/fleetwright_cache_age_seconds\{cache="credentials"\} \d/);
  expect(metrics).toContain('fleetwright_ids_given_total{counter="agenttasks"} 0');
  expect((await fetch(`${facade.url}/metrics`)).status).toBe(404);
});

test.each(variants<NodeJS.Signals>(['SIGTERM', 'SIGINT'], ['SIGTERM']))(
  '%s ends no request half-way',
  async (signal) => {
    const proxy = await startHoldingProxy(testCluster().kubeconfigPath);
    onTestFinished(() => proxy.close());
    const facade = await started({}, proxy.kubeconfigPath);
    const answering = facade.post('/api/run', { name: `stopped by ${signal}`, nodes: ['web-1'], tasks: '- ping:' });
    await proxy.arrived;
    facade.kill(signal);
    // Once readiness is withdrawn the signal has been taken, and new connections are refused.
    await expect.poll(async () => (await fetch(`${facade.healthUrl}/readyz`)).status, { timeout: 60_000 }).toBe(503);
    await expect
      .poll(
        () =>
          fetch(facade.url).then(
            () => 'answered',
            () => 'refused',
          ),
        { timeout: 60_000 },
      )
      .toBe('refused');
    proxy.release();
    expect(await answering).toEqual({ status: 200, body: { code: 0, content: { id: expect.any(Number) } } });
    expect(await facade.ended).toMatchObject({ code: 0, signal: null, stderr: '' });
    expect(facade.log()).not.toContain('cut off');
  },
);

test('a client that never ends its request does not keep the facade from ending', async () => {
  const facade = await started({ FLEETWRIGHT_GRACE_SECONDS: '1' });
  const { hostname, port } = new URL(facade.url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  const closed = once(socket, 'close');
  socket.write(
    `POST /api/run HTTP/1.1\r\nhost: ${hostname}\r\n` +
      `authorization: ${headers.authorization}\r\ncontent-length: 100\r\nexpect: 100-continue\r\n\r\n{`,
  );
  // The interim answer says that the request has begun.
  await once(socket, 'data');
  facade.kill('SIGTERM');
  await closed;
  expect((await facade.ended).code).toBe(0);
  expect(facade.log()).toContain('requests were cut off that took too long');
});
