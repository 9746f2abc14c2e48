import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect as connectPlain } from 'node:net';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';

import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { testCluster } from '../../cluster/testing.ts';
import { variants } from '../../harness/matrix.ts';
import { mountPair, newKey, newPair, type MountedPair } from '../../tls/certificates.ts';
import { connectTo, converse, faultsOf, head, hear } from './hostile.ts';
import { headers, launchFacade, runFacade, type FacadeProcess } from './process.ts';
import { startHoldingProxy } from './proxy.ts';
import { siteForTls, tlsSettings, trust } from './tls.ts';

const site = await siteForTls();
const patience = { timeout: 60_000, interval: 250 };

/** Shakes hands. @throws Error by which the handshake ended */
async function greet(url: string, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), ...options });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'secureConnect');
  return socket;
}

/** The name in the certificate that a new connection is shown. */
async function shownBy({ url }: FacadeProcess): Promise<string> {
  const socket = await greet(url, { rejectUnauthorized: false });
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return String(subject.CN);
}

async function metric({ healthUrl }: FacadeProcess, name: string): Promise<string | undefined> {
  const text = await (await fetch(`${healthUrl}/metrics`)).text();
  return text
    .split('\n')
    .find((line) => line.startsWith(name))
    ?.split(' ')
    .at(-1);
}

describe('a facade with a certificate', () => {
  test('answers by HTTPS, and tells browsers to stay with it', async () => {
    const answer = await fetch(`${site().facade.url}/api/check`, {
      method: 'POST',
      headers,
      body: '{"name":"not there"}',
    });
    expect(answer.status).toBe(404);
    expect(answer.headers.get('strict-transport-security')).toBe('max-age=31536000');
  });

  test('serves health and metrics without TLS, and says when the certificate ends', async () => {
    const { facade } = site();
    expect((await fetch(`${facade.healthUrl}/readyz`)).status).toBe(200);
    const ends = Number(await metric(facade, 'fleetwright_tls_certificate_expiration_timestamp_seconds'));
    expect(ends * 1000 - Date.now()).toBeGreaterThan(28 * 86_400_000);
    expect(await metric(facade, 'fleetwright_tls_certificate_changes_total{result="refused"}')).toBe('0');
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('speaks %s', async (version) => {
    const socket = await greet(site().facade.url, {
      minVersion: version,
      maxVersion: version,
      ALPNProtocols: ['h2', 'http/1.1'],
    });
    expect([socket.getProtocol(), socket.alpnProtocol]).toEqual([version, 'http/1.1']);
  });

  test.each<readonly [string, ConnectionOptions, RegExp]>([
    [
      'TLS 1.1',
      { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' },
      /PROTOCOL_VERSION|protocol version/i,
    ],
    ['HTTP/2 and nothing else', { ALPNProtocols: ['h2'] }, /NO_APPLICATION_PROTOCOL|no application protocol/i],
  ])('does not speak %s', async (_what, options, message) => {
    await expect(greet(site().facade.url, options)).rejects.toThrow(message);
  });

  test.each([
    ['HTTP without TLS', `${head('POST', '/api/run')}\r\n\r\n`],
    ['noise', 'x'.repeat(4000)],
    ['half a greeting', Buffer.from('16030100c8010000c40303', 'hex')],
    ['nothing', ''],
  ])('cuts off a connection that brings %s, and answers all others', async (_what, bytes) => {
    const faults = await faultsOf(site(), async () => {
      const { answers, closed } = await converse(site().facade.url.replace('https:', 'http:'), bytes);
      return closed && answers.length === 0 ? [] : ['it was answered, or left open'];
    });
    expect(faults).toEqual([]);
  });
});

interface OwnFacade {
  readonly facade: FacadeProcess;
  readonly mounted: MountedPair;
  end(this: void): Promise<void>;
}

/** A facade with a pair of its own in the namespace of the site. */
async function ownFacade(
  name: string,
  env: Readonly<Record<string, string>> = {},
  kubeconfigPath = testCluster().kubeconfigPath,
): Promise<OwnFacade> {
  const pair = newPair(name);
  trust(pair.certificate);
  const mounted = await mountPair(pair);
  const facade = await launchFacade(kubeconfigPath, site().namespace, { ...tlsSettings(mounted), ...env });
  const end = async (): Promise<void> => {
    await facade.stop();
    await mounted.remove();
  };
  return { facade, mounted, end };
}

const body = '{"name":"not there"}';
const [halfCall, rest] = [`${head('POST', '/api/check', `Content-Length: ${body.length}`)}\r\n\r\n{`, body.slice(1)];

describe('a certificate that is replaced', () => {
  let own: OwnFacade;

  beforeAll(async () => {
    own = await ownFacade('first');
    return own.end;
  });

  test('is shown to new connections, while the open ones stay and are answered', async () => {
    const { facade, mounted } = own;
    const socket = connectTo(facade.url);
    socket.write(`${halfCall}${rest}`);
    expect((await hear(socket)).answers.map(({ status }) => status)).toEqual([404]);
    socket.write(halfCall);
    await mounted.replace(newPair('second'));
    await expect.poll(() => shownBy(facade), patience).toBe('second');
    expect(await metric(facade, 'fleetwright_tls_certificate_changes_total{result="taken"}')).toBe('1');
    socket.write(rest);
    expect((await hear(socket)).answers.map(({ status }) => status)).toEqual([404]);
    socket.destroy();
  });

  test('by a broken one stays in use, which is said and counted once, until a good one comes', async () => {
    const { facade, mounted } = own;
    await mounted.replace({ ...newPair('broken'), key: newKey() });
    await expect
      .poll(() => metric(facade, 'fleetwright_tls_certificate_changes_total{result="refused"}'), patience)
      .toBe('1');
    expect(await shownBy(facade)).toBe('second');
    const [line = '', ...more] = facade
      .log()
      .split('\n')
      .filter((text) => text.includes('"level":50'));
    expect(more).toEqual([]);
    expect(JSON.parse(line)).toMatchObject({
      msg: 'new certificate refused: the old one stays in use',
      problem: expect.stringMatching(
        /^--tls-key-file \(FLEETWRIGHT_TLS_KEY_FILE\): .* is not the key of the first certificate/,
      ),
    });
    await mounted.replace(newPair('better'));
    await expect.poll(() => shownBy(facade), patience).toBe('better');
  });
});

describe('at the end of a facade', () => {
  test('what is under way is answered', async () => {
    const proxy = await startHoldingProxy(testCluster().kubeconfigPath);
    onTestFinished(() => proxy.close());
    const { facade, end } = await ownFacade('ending', {}, proxy.kubeconfigPath);
    onTestFinished(end);
    const answering = facade.post('/api/run', { name: 'stopped with TLS', nodes: ['web-1'], tasks: '- ping:' });
    await proxy.arrived;
    facade.kill('SIGTERM');
    await expect.poll(async () => (await fetch(`${facade.healthUrl}/readyz`)).status, patience).toBe(503);
    proxy.release();
    expect((await answering).status).toBe(200);
    expect(await facade.ended).toMatchObject({ code: 0, stderr: '' });
    expect(facade.log()).not.toContain('cut off');
  });

  test('neither a half-done handshake nor a half-sent request keeps it', async () => {
    const settings = { FLEETWRIGHT_GRACE_SECONDS: '1', FLEETWRIGHT_LOG_LEVEL: 'debug' };
    const { facade, end } = await ownFacade('held', settings);
    onTestFinished(end);
    const { hostname, port } = new URL(facade.url);
    const silent = connectPlain(Number(port), hostname);
    await once(silent, 'connect');
    const closed = once(silent, 'close');
    const slow = await greet(facade.url);
    // The interim answer says that the request has begun, after the silent connection was taken.
    slow.write(`${head('POST', '/api/run', 'Content-Length: 100', 'Expect: 100-continue')}\r\n\r\n{`);
    await once(slow, 'data');
    facade.kill('SIGTERM');
    await closed;
    expect((await facade.ended).code).toBe(0);
    expect(facade.log()).toContain('requests were cut off that took too long');
    // It was not waited for until its own time was over.
    expect(facade.log()).not.toContain('ERR_TLS_HANDSHAKE_TIMEOUT');
  });
});

describe('a facade does not start, and says why,', () => {
  const pair = newPair('start');
  const missing = '/nowhere/tls.key';

  type WrongStart = readonly [string, (mounted: MountedPair) => Promise<Readonly<Record<string, string>>>, string];
  const wrongStarts: readonly WrongStart[] = [
    [
      'with a certificate alone',
      async ({ certificate }) => ({ FLEETWRIGHT_TLS_CERTIFICATE_FILE: certificate }),
      '--tls-key-file (FLEETWRIGHT_TLS_KEY_FILE) is not set: give the file with the key',
    ],
    [
      'with a key alone',
      async ({ key }) => ({ FLEETWRIGHT_TLS_KEY_FILE: key }),
      '--tls-certificate-file (FLEETWRIGHT_TLS_CERTIFICATE_FILE) is not set: give the file with the certificate',
    ],
    [
      'with a file that is not there',
      async ({ certificate }) => tlsSettings({ certificate, key: missing }),
      `--tls-key-file (FLEETWRIGHT_TLS_KEY_FILE): ${missing} cannot be read: ENOENT`,
    ],
    [
      'with what is no certificate',
      async ({ key }) => tlsSettings({ certificate: key, key }),
      'holds no certificate in PEM form',
    ],
    [
      'with the key of another certificate',
      async (mounted) => {
        await writeFile(mounted.key, newKey());
        return tlsSettings(mounted);
      },
      'is not the key of the first certificate in',
    ],
  ];

  // Of the settings and of the files one each by day: what is found wrong with them needs no process.
  test.each(variants(wrongStarts, [...wrongStarts.slice(0, 1), ...wrongStarts.slice(-1)]))(
    '%s',
    async (_what, settings, message) => {
      const mounted = await mountPair(pair);
      onTestFinished(() => mounted.remove());
      // None of this needs an API server.
      const { code, stderr } = await runFacade([], { KUBECONFIG: '/nowhere/kubeconfig', ...(await settings(mounted)) })
        .ended;
      expect(code).toBe(1);
      expect(stderr).toContain(message);
      expect(stderr).not.toContain('    at ');
    },
  );
});
