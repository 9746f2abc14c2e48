import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate and its key, both PEM. */
export interface TestPair {
  readonly certificate: string;
  readonly key: string;
}

export interface CertificateOptions {
  /** Days from now at which it begins and ends. */
  readonly from?: number;
  readonly to?: number;
}

const ecdsaWithSha256 = '06082a8648ce3d040302';
const commonName = '0603550403';
const subjectAltName = '0603551d11';

/** A certificate of its own issue for 127.0.0.1 and localhost, so that tests need no other program for it. */
export function newPair(name: string, { from = -1, to = 30 }: CertificateOptions = {}): TestPair {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const algorithm = der(0x30, Buffer.from(ecdsaWithSha256, 'hex'));
  const subject = der(0x30, der(0x31, der(0x30, Buffer.from(commonName, 'hex'), der(0x0c, Buffer.from(name)))));
  const names = der(0x30, der(0x82, Buffer.from('localhost')), der(0x87, Buffer.from([127, 0, 0, 1])));
  const content = der(
    0x30,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    subject,
    der(0x30, time(from), time(to)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(0x30, der(0x30, Buffer.from(subjectAltName, 'hex'), der(0x04, names)))),
  );
  const signature = der(0x03, Buffer.from([0]), sign('sha256', content, privateKey));
  return { certificate: pem('CERTIFICATE', der(0x30, content, algorithm, signature)), key: pemOf(privateKey) };
}

/** A key of the same kind that belongs to no certificate. */
export function newKey(): string {
  return pemOf(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey);
}

/**
 * A mounted Secret: its files are links into a folder that is itself a link, which is turned to the next folder all at
 * once.
 */
export interface MountedPair {
  readonly certificate: string;
  readonly key: string;
  replace(this: void, pair: TestPair): Promise<void>;
  remove(this: void): Promise<void>;
}

/** Mounts a pair as kubelet does. */
export async function mountPair(pair: TestPair): Promise<MountedPair> {
  const folder = await mkdtemp(join(tmpdir(), 'fleetwright-tls-'));
  let versions = 0;
  const replace = async ({ certificate, key }: TestPair): Promise<void> => {
    const version = `..${(versions += 1)}`;
    await mkdir(join(folder, version));
    await writeFile(join(folder, version, 'tls.crt'), certificate);
    await writeFile(join(folder, version, 'tls.key'), key, { mode: 0o600 });
    await symlink(version, join(folder, '..data_tmp'));
    await rename(join(folder, '..data_tmp'), join(folder, '..data'));
  };
  await replace(pair);
  for (const name of ['tls.crt', 'tls.key']) await symlink(join('..data', name), join(folder, name));
  return {
    certificate: join(folder, 'tls.crt'),
    key: join(folder, 'tls.key'),
    replace,
    remove: () => rm(folder, { recursive: true }),
  };
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...head]), content]);
}

function time(days: number): Buffer {
  const text = new Date(Date.now() + days * 86_400_000).toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  return der(0x18, Buffer.from(text));
}

function pem(what: string, content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${what}-----\n${lines.join('\n')}\n-----END ${what}-----\n`;
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}
