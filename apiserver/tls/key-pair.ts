import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';

import { ConfigError } from '../../kube/flags.ts';
import { messageOf } from '../../kube/thrown.ts';
import { named, type TlsFiles } from '../config.ts';

/** A certificate with its chain and the key that belongs to it, both PEM, and what the certificate says of itself. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
  readonly validFrom: Date;
  readonly validTo: Date;
  /** DNS names and addresses, as OpenSSL writes them. */
  readonly names: string;
  /** SHA-256, by which the certificate is told from others. */
  readonly fingerprint: string;
}

/** The two files as they are at one moment; they need not fit together. */
export interface PairText {
  readonly certificate: string;
  readonly key: string;
}

/** @throws ConfigError that names the setting of a file that cannot be read */
export async function readPairText(files: TlsFiles): Promise<PairText> {
  return {
    certificate: await read('tls-certificate-file', files.certificate),
    key: await read('tls-key-file', files.key),
  };
}

/**
 * @throws ConfigError that names the setting of what TLS could not be served with. Nothing of the key is in the
 * message.
 */
export function pairOf({ certificate, key }: PairText, files: TlsFiles): KeyPair {
  const [ofCertificate, ofKey] = [
    `${named('tls-certificate-file')}: ${files.certificate}`,
    `${named('tls-key-file')}: ${files.key}`,
  ];
  if (!certificate.includes('-----BEGIN CERTIFICATE-----'))
    throw new ConfigError(
      `${ofCertificate} holds no certificate in PEM form; it begins with -----BEGIN CERTIFICATE-----`,
    );
  if (!/-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/.test(key))
    throw new ConfigError(`${ofKey} holds no private key in PEM form; it begins with -----BEGIN PRIVATE KEY-----`);
  const leaf = attempt(
    () => new X509Certificate(certificate),
    `${ofCertificate} holds a certificate that cannot be read`,
  );
  if (/BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED/.test(key))
    throw new ConfigError(
      `${ofKey} holds a key with a passphrase; give it without one, and let only the facade read the file`,
    );
  const privateKey = attempt(() => createPrivateKey(key), `${ofKey} holds a key that cannot be read`);
  if (!leaf.checkPrivateKey(privateKey))
    throw new ConfigError(
      `${ofKey} is not the key of the first certificate in ${files.certificate}; ` +
        'give the key of that one, and put the certificates of its issuers behind it',
    );
  attempt(() => createSecureContext({ cert: certificate, key }), `${ofCertificate} cannot be served by TLS`);
  return {
    certificate,
    key,
    validFrom: leaf.validFromDate,
    validTo: leaf.validToDate,
    names: leaf.subjectAltName ?? leaf.subject,
    fingerprint: leaf.fingerprint256,
  };
}

async function read(flag: 'tls-certificate-file' | 'tls-key-file', file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`${named(flag)}: ${file} cannot be read: ${messageOf(error)}`);
  }
}

function attempt<T>(work: () => T, problem: string): T {
  try {
    return work();
  } catch (error) {
    throw new ConfigError(`${problem}: ${messageOf(error)}`);
  }
}
