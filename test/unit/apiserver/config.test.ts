import { describe, expect, test } from 'vitest';

import type { Api } from '../../../apiserver/api.ts';
import { dispatch } from '../../../apiserver/dispatch/api.ts';
import { dispatchCallers } from '../../../apiserver/dispatch/callers.ts';
import { readConfig } from '../../../apiserver/config.ts';
import { ConfigError } from '../../../kube/flags.ts';

function problem(args: readonly string[], environment: NodeJS.ProcessEnv): string {
  try {
    readConfig(args, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'none';
}

describe('the configuration of the facade', () => {
  test('needs nothing, and then nothing is open', () => {
    expect(readConfig([], {}, [dispatch])).toMatchObject({
      namespace: { name: 'fleetwright-system' },
      host: '127.0.0.1',
      port: 8080,
      gracePeriod: 20_000,
      history: undefined,
      tls: undefined,
      rateLimit: 0,
      maxLag: 500,
      apis: [{ name: 'dispatch', facts: { namespace: 'default', mode: 'documented' } }],
    });
  });

  test('takes a flag before a variable', () => {
    const environment = { FLEETWRIGHT_PORT: '9000', FLEETWRIGHT_DISPATCH_NAMESPACE: 'others' };
    const config = readConfig(['--port', '0', '--dispatch-namespace', 'tasks'], environment, [dispatch]);
    expect(config).toMatchObject({ port: 0, apis: [{ facts: { namespace: 'tasks' } }] });
  });

  test('names the namespaces that have to be there by the settings that name them', () => {
    expect(readConfig([], {}, [dispatch])).toMatchObject({
      namespace: { setting: '--namespace (FLEETWRIGHT_NAMESPACE)' },
      apis: [{ namespaces: [{ name: 'default', setting: '--dispatch-namespace (FLEETWRIGHT_DISPATCH_NAMESPACE)' }] }],
    });
  });

  test('takes the settings of every API of the list, and tells of them in the help', () => {
    const other: Api = {
      name: 'other',
      callers: dispatchCallers,
      settings: { 'other-colour': { variable: 'OTHER_COLOUR', value: 'NAME', fallback: 'red', help: 'some colour' } },
      configure: (read) => ({
        name: 'other',
        callers: dispatchCallers,
        namespaces: [],
        facts: { colour: read.text('other-colour') },
        open: () => {
          throw new Error('not opened here');
        },
      }),
    };
    expect(readConfig(['--other-colour', 'blue'], {}, [other])).toMatchObject({
      apis: [{ name: 'other', facts: { colour: 'blue' } }],
    });
    expect(readConfig(['--help'], {}, [other])).toContain('--other-colour NAME');
  });

  test('serves TLS with a certificate and its key', () => {
    expect(readConfig(['--tls-key-file', '/tls.key'], { FLEETWRIGHT_TLS_CERTIFICATE_FILE: '/tls.crt' })).toMatchObject({
      tls: { certificate: '/tls.crt', key: '/tls.key' },
    });
  });

  test.each([
    [['--port', '70000'], {}, '--port (FLEETWRIGHT_PORT) is "70000": give a whole number from 0 to 65535'],
    [
      [],
      { FLEETWRIGHT_GRACE_SECONDS: 'long' },
      '--grace-seconds (FLEETWRIGHT_GRACE_SECONDS) is "long": give a whole number from 1 to 600',
    ],
    [[], { FLEETWRIGHT_LOG_LEVEL: 'loud' }, '--log-level (FLEETWRIGHT_LOG_LEVEL) is "loud"'],
    [
      [],
      { FLEETWRIGHT_DISPATCH_NAMESPACE: 'a/../b' },
      '--dispatch-namespace (FLEETWRIGHT_DISPATCH_NAMESPACE) is "a/../b"',
    ],
    [
      [],
      { FLEETWRIGHT_DISPATCH_CREDENTIALS_SECRET: 'SSH Key' },
      '--dispatch-credentials-secret (FLEETWRIGHT_DISPATCH_CREDENTIALS_SECRET) is "SSH Key"',
    ],
    [
      [],
      { FLEETWRIGHT_DISPATCH_MODE: 'both' },
      '--dispatch-mode (FLEETWRIGHT_DISPATCH_MODE) is "both": give one of documented, original',
    ],
    [
      [],
      { FLEETWRIGHT_DISPATCH_OPEN_AS_USER: 'system:admin' },
      '--dispatch-open-as-user (FLEETWRIGHT_DISPATCH_OPEN_AS_USER) is "system:admin": names that begin with "system:"',
    ],
    [['--dispatch-ttl-seconds', '-1'], {}, 'argument is ambiguous'],
    [
      [],
      { FLEETWRIGHT_DISPATCH_TTL_SECONDS: 'soon' },
      '--dispatch-ttl-seconds (FLEETWRIGHT_DISPATCH_TTL_SECONDS) is "soon": ' +
        'give a whole number from 0 to 31536000, or never',
    ],
    [
      [],
      { FLEETWRIGHT_TLS_CERTIFICATE_FILE: '/tls.crt' },
      '--tls-key-file (FLEETWRIGHT_TLS_KEY_FILE) is not set: give the file with the key of the certificate as well, ' +
        'or leave out --tls-certificate-file (FLEETWRIGHT_TLS_CERTIFICATE_FILE)',
    ],
    [
      ['--tls-key-file', '/tls.key'],
      {},
      '--tls-certificate-file (FLEETWRIGHT_TLS_CERTIFICATE_FILE) is not set: ' +
        'give the file with the certificate of the key as well',
    ],
    [
      ['--rate-limit', '1.5'],
      {},
      '--rate-limit (FLEETWRIGHT_RATE_LIMIT) is "1.5": give a whole number from 0 to 1000000',
    ],
    [['--prot', '1'], {}, "Unknown option '--prot'"],
  ])('refuses %j %j, naming the setting', (args, more, expected) => {
    expect(problem(args, more)).toContain(expected);
  });

  test('shows every setting with its variable when asked for help', () => {
    const help = readConfig(['--help'], {});
    expect(help).toContain('--dispatch-open-as-user USER');
    expect(help).toContain('FLEETWRIGHT_DISPATCH_CREDENTIALS_SECRET');
  });
});
