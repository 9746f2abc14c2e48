import { generateKeyPairSync } from 'node:crypto';

import { describe, expect, test } from 'vitest';

import { pairOf, readPairText, type PairText } from '../../../../apiserver/tls/key-pair.ts';
import { newKey, newPair } from '../../../tls/certificates.ts';

const files = { certificate: '/tls/tls.crt', key: '/tls/tls.key' };
const good = newPair('good');
const [ofCertificate, ofKey] = [
  '--tls-certificate-file (FLEETWRIGHT_TLS_CERTIFICATE_FILE): /tls/tls.crt',
  '--tls-key-file (FLEETWRIGHT_TLS_KEY_FILE): /tls/tls.key',
];
const broken = '-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----\n';

function withPassphrase(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  return privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' }).toString();
}

function small(): PairText {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 512 });
  return { certificate: good.certificate, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

describe('a certificate and its key', () => {
  test('tell for whom and how long they are good', () => {
    const pair = pairOf(good, files);
    expect(pair).toMatchObject({
      ...good,
      names: 'DNS:localhost, IP Address:127.0.0.1',
      fingerprint: expect.stringMatching(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/),
    });
    expect(pair.validFrom.getTime()).toBeLessThan(Date.now());
    expect(pair.validTo.getTime()).toBeGreaterThan(Date.now());
  });

  test('may be followed by the certificates of issuers', () => {
    expect(pairOf({ ...good, certificate: good.certificate + newPair('issuer').certificate }, files)).toMatchObject({
      names: 'DNS:localhost, IP Address:127.0.0.1',
    });
  });

  test.each<readonly [string, PairText, string]>([
    ['an empty certificate', { ...good, certificate: '' }, `${ofCertificate} holds no certificate in PEM form`],
    ['a key in its place', { ...good, certificate: good.key }, `${ofCertificate} holds no certificate in PEM form`],
    [
      'a certificate in place of the key',
      { ...good, key: good.certificate },
      `${ofKey} holds no private key in PEM form`,
    ],
    [
      'a certificate that is none',
      { ...good, certificate: broken },
      `${ofCertificate} holds a certificate that cannot be read: `,
    ],
    ['a key that is cut off', { ...good, key: good.key.slice(0, 80) }, `${ofKey} holds a key that cannot be read: `],
    [
      'a key with a passphrase',
      { ...good, key: withPassphrase() },
      `${ofKey} holds a key with a passphrase; give it without one`,
    ],
    ['another key', { ...good, key: newKey() }, `${ofKey} is not the key of the first certificate in /tls/tls.crt`],
    ['a key of another kind', small(), `${ofKey} is not the key of the first certificate`],
    [
      'the issuer before the certificate',
      { ...good, certificate: newPair('issuer').certificate + good.certificate },
      `${ofKey} is not the key of the first certificate`,
    ],
    [
      'an issuer that is none',
      { ...good, certificate: good.certificate + broken },
      `${ofCertificate} cannot be served by TLS: `,
    ],
  ])('are refused by the name of the setting: %s', (_what, text, message) => {
    expect(() => pairOf(text, files)).toThrow(
      expect.objectContaining({ code: 'CONFIG', message: expect.stringContaining(message) }),
    );
  });

  test('no message shows anything of a key', () => {
    const secret = good.key.split('\n')[1]?.slice(0, 20) ?? '';
    for (const key of [good.key.slice(0, 80), `${good.key.slice(0, 100)}\n-----END PRIVATE KEY-----\n`]) {
      expect(() => pairOf({ ...good, key }, files)).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining(secret) }),
      );
    }
  });
});

test.each([
  [
    'certificate',
    '--tls-certificate-file (FLEETWRIGHT_TLS_CERTIFICATE_FILE): /dev/null/tls.crt cannot be read: ENOTDIR',
    { certificate: '/dev/null/tls.crt', key: '/dev/null' },
  ],
  [
    'key',
    '--tls-key-file (FLEETWRIGHT_TLS_KEY_FILE): / cannot be read: EISDIR',
    { certificate: '/dev/null', key: '/' },
  ],
])('a file that cannot be read is named: the %s', async (_what, message, unreadable) => {
  await expect(readPairText(unreadable)).rejects.toThrow(message);
});
