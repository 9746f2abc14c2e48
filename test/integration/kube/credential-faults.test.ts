import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { configMaps } from '../../../kube/builtin.ts';
import { CredentialsError, UnauthorizedError } from '../../../kube/errors.ts';
import { configMap, startFaulty, watchFaulty } from './faulty.ts';

const key = { namespace: 'test', name: 'a' };

describe('a token', () => {
  test('that was rotated is read anew from the kubeconfig, once, and the refused call is repeated', async () => {
    const faulty = await startFaulty();
    const { server, client } = faulty;
    const creating = client.create(configMaps, configMap('a', ''));
    const refused = await server.next('call');
    expect(refused.authorization).toBe('Bearer first');
    faulty.user = { token: 'second' };
    refused.refuse(401, 'Unauthorized');
    const again = await server.next('call');
    expect(again.authorization).toBe('Bearer second');
    expect(again.body).toBe(refused.body);
    again.json(201, configMap('a', '7'));
    expect((await creating).metadata.resourceVersion).toBe('7');
  });

  test('that stays refused is reported, after one more try', async () => {
    const { server, client } = await startFaulty();
    const getting = client.get(configMaps, key);
    getting.catch(() => undefined);
    (await server.next('call')).refuse(401, 'Unauthorized');
    (await server.next('call')).refuse(401, 'Unauthorized');
    await expect(getting).rejects.toBeInstanceOf(UnauthorizedError);
    expect(server.count('call')).toBe(2);
  });

  test('rotated leaves calls under way and watches alone', async () => {
    const faulty = await startFaulty();
    const { server, client } = faulty;
    const { seen } = watchFaulty(faulty);
    (await server.next('list')).page([], '10');
    const watch = await server.next('watch');
    watch.accept();
    const slow = client.get(configMaps, { namespace: 'test', name: 'slow' });
    const underWay = await server.next('call');
    faulty.user = { token: 'second' };
    const getting = client.get(configMaps, key);
    (await server.next('call')).refuse(401, 'Unauthorized');
    (await server.next('call')).json(200, configMap('a', '7'));
    await getting;
    underWay.json(200, configMap('slow', '8'));
    expect((await slow).metadata.name).toBe('slow');
    watch.event('ADDED', configMap('b', '11'));
    await seen('added test/b');
    expect(server.count('watch')).toBe(1);
  });
});

describe('the certificate authority or the client certificate', () => {
  test('rotated makes new connections, while calls and watches under way go on over the old ones', async () => {
    const faulty = await startFaulty();
    const { server, client, transport } = faulty;
    const watching = watchFaulty(faulty);
    (await server.next('list')).page([], '10');
    const watch = await server.next('watch');
    watch.accept();
    const slow = client.get(configMaps, { namespace: 'test', name: 'slow' });
    const underWay = await server.next('call');

    faulty.cluster = { 'certificate-authority-data': Buffer.from('another authority').toString('base64') };
    const getting = client.get(configMaps, key);
    const refused = await server.next('call');
    refused.refuse(401, 'Unauthorized');
    const again = await server.next('call');
    expect(again.connection).toBeGreaterThan(Math.max(underWay.connection, watch.connection, refused.connection));
    again.json(200, configMap('a', '7'));
    await getting;

    underWay.json(200, configMap('slow', '8'));
    expect((await slow).metadata.name).toBe('slow');
    watch.event('ADDED', configMap('b', '11'));
    await watching.seen('added test/b');
    await watching.stop();
    await transport.close();
  });

  test('unchanged keeps the connection, though the credentials are read anew', async () => {
    const faulty = await startFaulty();
    const { server, client } = faulty;
    for (const token of ['2nd', '3rd', '4th', '5th', '6th', '7th']) {
      faulty.user = { token };
      const getting = client.get(configMaps, key);
      (await server.next('call')).refuse(401, 'Unauthorized');
      (await server.next('call')).json(200, configMap('a', '7'));
      await getting;
    }
    // The repetition of a call may find its first connection still busy with the refusal.
    expect(server.connections).toBeLessThanOrEqual(2);
  });
});

/** An exec plug-in that fails at its first call and yields `token-<number of the call>` afterwards. */
async function pluginFailingOnce(): Promise<{ readonly user: object; readonly calls: () => Promise<number> }> {
  const folder = await mkdtemp(join(tmpdir(), 'kube-plugin-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const [plugin, count] = [join(folder, 'plugin.sh'), join(folder, 'count')];
  await writeFile(count, '');
  const answer =
    '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"token-%s"}}';
  await writeFile(
    plugin,
    `#!/bin/sh\nprintf x >> ${count}\ncalls=$(wc -c < ${count})\n` +
      `if [ "$calls" -eq 1 ]; then echo 'the identity provider is down' >&2; exit 1; fi\nprintf '${answer}' $calls\n`,
  );
  await chmod(plugin, 0o755);
  const user = { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: plugin, interactiveMode: 'Never' } };
  return { user, calls: async () => (await readFile(count, 'utf8')).length };
}

describe('an exec plug-in', () => {
  test('that fails once is asked again by the next call', async () => {
    const faulty = await startFaulty();
    const { server, client } = faulty;
    const { user } = await pluginFailingOnce();
    faulty.user = user;
    const credentials = client.get(configMaps, key);
    credentials.catch(() => undefined);
    // The first call of all still has the token of the start; from then on the plug-in is asked.
    (await server.next('call')).refuse(401, 'Unauthorized');
    await expect(credentials).rejects.toBeInstanceOf(CredentialsError);
    await expect(credentials).rejects.toThrow('the identity provider is down');
    const getting = client.get(configMaps, key);
    const call = await server.next('call');
    expect(call.authorization).toBe('Bearer token-2');
    call.json(200, configMap('a', '7'));
    await getting;
  });

  test('that fails once does not end a reflector', async () => {
    const faulty = await startFaulty();
    const { server } = faulty;
    const { user } = await pluginFailingOnce();
    const { reflector, records } = watchFaulty(faulty);
    faulty.user = user;
    (await server.next('list')).refuse(401, 'Unauthorized');
    const list = await server.next('list');
    expect(list.authorization).toBe('Bearer token-2');
    list.page([], '10');
    await reflector.synced;
    expect(JSON.stringify(records)).toContain('the identity provider is down');
  });

  test('whose token is refused is asked for another one, though its token names no end', async () => {
    const faulty = await startFaulty();
    const { server, client } = faulty;
    const { user, calls } = await pluginFailingOnce();
    faulty.user = user;
    const failing = client.get(configMaps, key);
    (await server.next('call')).refuse(401, 'Unauthorized');
    await expect(failing).rejects.toBeInstanceOf(CredentialsError);
    const getting = client.get(configMaps, key);
    (await server.next('call')).refuse(401, 'Unauthorized');
    const again = await server.next('call');
    expect(again.authorization).toBe('Bearer token-3');
    again.json(200, configMap('a', '7'));
    await getting;
    expect(await calls()).toBe(3);
  });

  test('refused for many calls at once is asked for once more, not once for each call', async () => {
    const faulty = await startFaulty({ connections: 20 });
    const { server, client } = faulty;
    const { user, calls } = await pluginFailingOnce();
    const failing = client.get(configMaps, key);
    failing.catch(() => undefined);
    faulty.user = user;
    (await server.next('call')).refuse(401, 'Unauthorized');
    await expect(failing).rejects.toBeInstanceOf(CredentialsError);
    const getting = Array.from({ length: 20 }, () => client.get(configMaps, key));
    const refused = await Promise.all(getting.map(() => server.next('call')));
    for (const call of refused) call.refuse(401, 'Unauthorized');
    const repeated = await Promise.all(getting.map(() => server.next('call')));
    expect(new Set(repeated.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer token-3']));
    for (const call of repeated) call.json(200, configMap('a', '7'));
    await Promise.all(getting);
    expect(await calls()).toBe(3);
  });
});
