import { randomBytes } from 'node:crypto';

import { digestOf, newToken } from '../auth/digest.ts';
import type { CredentialKind } from '../auth/credential-kind.ts';
import { withoutLineEnd } from '../auth/credential-secret.ts';

const appName = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

/** The name and the key of an application, in the headers `appname` and `appkey`. A Secret holds the key's SHA-256. */
export const appkeyKind: CredentialKind = {
  name: 'appkey',
  shown: 'appkey',
  read(text) {
    const name = withoutLineEnd(text('appname') ?? '');
    if (!appName.test(name)) return 'appname is not 1 to 64 letters, digits, "_", "." and "-": set it to a name';
    const digits = withoutLineEnd(text('appkeySHA256') ?? '');
    return /^[0-9a-f]{64}$/i.test(digits)
      ? { index: name, proof: Buffer.from(digits, 'hex') }
      : 'appkeySHA256 is not 64 hexadecimal digits: set it to the SHA-256 of the appkey';
  },
  make() {
    const [name, key] = [`app-${randomBytes(4).toString('hex')}`, newToken()];
    return {
      secret: key,
      data: { appname: name, appkeySHA256: digestOf(key).toString('hex') },
      use:
        `The appkey is shown this once:\n\n  ${key}\n\n` +
        `Its caller sends the headers appname: ${name} and appkey: ${key}\n`,
    };
  },
};
