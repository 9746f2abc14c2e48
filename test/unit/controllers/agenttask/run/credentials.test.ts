import { describe, expect, test } from 'vitest';

import { SecretContentError, sshMaterial } from '../../../../../controllers/agenttask/run/credentials.ts';
import { privateKey, secret } from '../../../../harness/agenttask/objects.ts';

describe('sshMaterial', () => {
  test('reads the key, and known hosts where there are any', () => {
    expect(sshMaterial(secret('key', { 'ssh-privatekey': privateKey }))).toEqual({ sshPrivateKey: privateKey });
    expect(sshMaterial(secret('key', { 'ssh-privatekey': privateKey, known_hosts: 'a ssh-ed25519 AAAA\n' }))).toEqual({
      sshPrivateKey: privateKey,
      knownHosts: 'a ssh-ed25519 AAAA\n',
    });
  });

  test('gives the key the line end that ssh insists on', () => {
    expect(sshMaterial(secret('key', { 'ssh-privatekey': privateKey.trimEnd() })).sshPrivateKey).toBe(privateKey);
  });

  test.each([
    ['without the key', {}, 'it has no key ssh-privatekey; put the private key there'],
    ['with an empty key', { 'ssh-privatekey': '' }, 'it has no key ssh-privatekey'],
    [
      'with something else',
      { 'ssh-privatekey': 'ssh-ed25519 AAAAsecretish' },
      'ssh-privatekey is not a private key; put the whole file there',
    ],
  ])('refuses a Secret %s, names the fix and quotes nothing', (_name, entries, message) => {
    const refused = (): unknown => sshMaterial(secret('key', entries));
    expect(refused).toThrow(SecretContentError);
    expect(refused).toThrow(message);
    expect(refused).not.toThrow('secretish');
  });
});
