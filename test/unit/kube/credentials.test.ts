import { KubeConfig } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';

import { Credentials } from '../../../kube/credentials.ts';
import { CredentialsError } from '../../../kube/errors.ts';

interface Parts {
  readonly server?: string;
  readonly cluster?: object;
  readonly user?: object;
}

function kubeconfig({ server = 'https://127.0.0.1:6443', cluster = {}, user = { token: 'one' } }: Parts): KubeConfig {
  const config = new KubeConfig();
  const [clusters, users, contexts] = [
    [{ name: 'c', cluster: { server, ...cluster } }],
    [{ name: 'u', user }],
    [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
  ];
  config.loadFromString(
    JSON.stringify({ apiVersion: 'v1', kind: 'Config', 'current-context': 'x', clusters, users, contexts }),
  );
  return config;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

async function fingerprint(parts: Parts): Promise<string> {
  return (await new Credentials(() => kubeconfig(parts)).get()).fingerprint;
}

describe('credentials', () => {
  test.for([
    ['authority', { cluster: { 'certificate-authority-data': base64('another authority') } }],
    [
      'client certificate',
      { user: { 'client-certificate-data': base64('another certificate'), 'client-key-data': base64('another key') } },
    ],
    ['server name', { cluster: { 'tls-server-name': 'kubernetes.example.org' } }],
    ['server', { server: 'https://127.0.0.1:6444' }],
  ] as const)('have another fingerprint with another %s, so that connections are made anew', async ([, parts]) => {
    expect(await fingerprint(parts)).not.toBe(await fingerprint({}));
  });

  test('keep their fingerprint with another token', async () => {
    expect(await fingerprint({ user: { token: 'two' } })).toBe(await fingerprint({}));
  });

  test('are headers for a token and for a name with a password', async () => {
    expect((await new Credentials(() => kubeconfig({})).get()).headers).toEqual({ authorization: 'Bearer one' });
    const named = await new Credentials(() => kubeconfig({ user: { username: 'ann', password: 'secret' } })).get();
    expect(named.headers).toEqual({ authorization: `Basic ${base64('ann:secret')}` });
  });

  test('are read anew when they were refused, and only then', async () => {
    let reads = 0;
    const credentials = new Credentials(() => kubeconfig({ user: { token: `token-${(reads += 1)}` } }));
    const first = await credentials.get();
    expect(await credentials.get()).toBe(first);
    credentials.renew(first);
    const second = await credentials.get();
    expect([first, second].map(({ headers }) => headers['authorization'])).toEqual([
      'Bearer token-1',
      'Bearer token-2',
    ]);
    // Another call that was refused with the first ones, later: they were renewed already.
    credentials.renew(first);
    expect(await credentials.get()).toBe(second);
    expect(reads).toBe(2);
  });

  test('say what is wrong when the kubeconfig cannot be read at that moment, and work again when it can', async () => {
    let half = false;
    const credentials = new Credentials(() => {
      if (half) throw new Error('unexpected end of the file');
      return kubeconfig({});
    });
    const refused = await credentials.get();
    half = true;
    expect(() => credentials.renew(refused)).toThrow(CredentialsError);
    half = false;
    expect((await credentials.get()).headers).toEqual({ authorization: 'Bearer one' });
  });

  test('without a current cluster say what to set', () => {
    const credentials = new Credentials(() => new KubeConfig());
    expect(() => credentials.server).toThrow('set KUBECONFIG to a file with a current-context');
  });
});
