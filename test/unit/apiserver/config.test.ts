import { describe, expect, test } from 'vitest';

import { readConfig } from '../../../apiserver/config.ts';
import { ConfigError } from '../../../kube/flags.ts';

const env = { FLEETWRIGHT_DISPATCH_TOKEN_FILE: '/run/token' };

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
  test('needs the file of tokens only', () => {
    expect(readConfig([], env)).toMatchObject({
      namespace: 'fleetwright-system',
      host: '127.0.0.1',
      port: 8080,
      gracePeriod: 20_000,
      dispatch: { namespace: 'default', tokenFile: '/run/token', credentialsSecret: undefined },
    });
  });

  test('takes a flag before a variable', () => {
    const config = readConfig(['--port', '0', '--dispatch-credentials-secret', 'ssh-key'], { ...env, FLEETWRIGHT_PORT: '9000' });
    expect(config).toMatchObject({ port: 0, dispatch: { credentialsSecret: 'ssh-key' } });
  });

  test('without a file of tokens names the flag, the variable and how to make one', () => {
    expect(problem([], {})).toMatch(/--dispatch-token-file \(FLEETWRIGHT_DISPATCH_TOKEN_FILE\) is not set: .*openssl rand/);
  });

  test.each([
    [['--port', '70000'], {}, '--port (FLEETWRIGHT_PORT) is "70000": give a whole number from 0 to 65535'],
    [[], { FLEETWRIGHT_GRACE_SECONDS: 'long' }, '--grace-seconds (FLEETWRIGHT_GRACE_SECONDS) is "long": give a whole number from 1 to 600'],
    [[], { FLEETWRIGHT_LOG_LEVEL: 'loud' }, '--log-level (FLEETWRIGHT_LOG_LEVEL) is "loud"'],
    [[], { FLEETWRIGHT_DISPATCH_NAMESPACE: 'a/../b' }, '--dispatch-namespace (FLEETWRIGHT_DISPATCH_NAMESPACE) is "a/../b"'],
    [[], { FLEETWRIGHT_DISPATCH_CREDENTIALS_SECRET: 'SSH Key' }, '--dispatch-credentials-secret (FLEETWRIGHT_DISPATCH_CREDENTIALS_SECRET) is "SSH Key"'],
    [['--prot', '1'], {}, "Unknown option '--prot'"],
  ])('refuses %j %j, naming the setting', (args, more, expected) => {
    expect(problem(args, { ...env, ...more })).toContain(expected);
  });

  test('shows every setting with its variable when asked for help', () => {
    const help = readConfig(['--help'], {});
    expect(help).toContain('--dispatch-token-file FILE');
    expect(help).toContain('FLEETWRIGHT_DISPATCH_CREDENTIALS_SECRET');
  });
});
