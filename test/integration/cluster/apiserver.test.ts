import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect as tlsConnect, rootCertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startControlPlane } from '../../cluster/control-plane.ts';
import type { ControlPlane } from '../../cluster/control-plane.ts';
import { variants } from '../../harness/matrix.ts';

let plane: ControlPlane;

beforeAll(async () => {
  plane = await startControlPlane({
    components: { controllerManager: false, scheduler: false, kwok: false },
    auditLog: true,
    tokens: [{ token: 'the-token-of-ann', user: 'ann', groups: ['operators', 'night-shift'] }],
  });
});

afterAll(async () => {
  await plane.stop();
});

describe('the API server', () => {
  // By day the other signal is that of the test below in which it is paused.
  test.for(variants<'SIGTERM' | 'SIGKILL'>(['SIGTERM', 'SIGKILL'], ['SIGKILL']))(
    'stopped by %s and started again has the same port and data',
    async (signal) => {
      const name = `kept-${signal.toLowerCase()}`;
      await plane.kubectl(['create', 'configmap', name, '--from-literal=a=b']);
      const before = plane.apiserver.pid;
      await plane.apiserver.stop(signal);
      expect((await plane.kubectl(['get', 'configmap', name])).stderr).toMatch(/refused/);
      await plane.apiserver.start();
      expect(plane.apiserver.pid).not.toBe(before);
      expect((await plane.kubectl(['get', 'configmap', name, '-o=jsonpath={.data.a}'])).stdout).toBe('b');
    },
  );

  test('paused answers nothing, and resumed goes on', async () => {
    plane.apiserver.pause();
    try {
      const asked = await plane.kubectl(['get', '--raw=/readyz', '--request-timeout=1s']);
      expect(asked).toMatchObject({ code: 1, stdout: '' });
    } finally {
      plane.apiserver.resume();
    }
    // It may have to find its store again first.
    await expect.poll(async () => (await plane.kubectl(['get', '--raw=/readyz'])).stdout).toBe('ok');
  });

  test('paused can still be stopped', async () => {
    plane.apiserver.pause();
    await plane.apiserver.stop();
    await plane.apiserver.start();
    expect((await plane.kubectl(['get', '--raw=/readyz'])).stdout).toBe('ok');
  });

  test('knows the users of extra tokens with their groups, and lets them do what RBAC allows', async () => {
    const asAnn = [
      '--token=the-token-of-ann',
      '--kubeconfig=/dev/null',
      `--server=${plane.url}`,
      '--insecure-skip-tls-verify',
    ];
    const who = await plane.kubectl(['auth', 'whoami', '-o=json', ...asAnn]);
    expect(JSON.parse(who.stdout)).toMatchObject({
      status: { userInfo: { username: 'ann', groups: ['operators', 'night-shift', 'system:authenticated'] } },
    });
    expect((await plane.kubectl(['get', 'secrets', ...asAnn])).stderr).toContain('Forbidden');
  });

  test('shows a certificate that its CA vouches for, and no other does', async () => {
    const { hostname, port } = new URL(plane.url);
    const connect = async (ca: readonly string[]): Promise<boolean> => {
      const socket = tlsConnect({ host: hostname, port: Number(port), ca: [...ca] });
      try {
        await once(socket, 'secureConnect');
        return socket.authorized;
      } finally {
        socket.destroy();
      }
    };
    expect(await connect([plane.caPem])).toBe(true);
    await expect(connect(rootCertificates.slice(0, 1))).rejects.toThrow(/certificate/);
  });

  test('writes who did what to the audit log', async () => {
    await plane.kubectl(['create', 'configmap', 'audited', '--from-literal=secret=do-not-log-me']);
    const log = await readFile(plane.auditLogPath ?? '', 'utf8');
    // What is behind the last end of a line is being written.
    const entries = log
      .slice(0, log.lastIndexOf('\n'))
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(entries).toContainEqual(
      expect.objectContaining({
        verb: 'create',
        level: 'Metadata',
        user: expect.objectContaining({ username: 'admin' }),
        objectRef: expect.objectContaining({ resource: 'configmaps', name: 'audited' }),
      }),
    );
    expect(log).not.toContain('do-not-log-me');
  });
});
