import { randomBytes } from 'node:crypto';

import { newToken } from '../auth/digest.ts';
import type { CredentialKind } from '../auth/credential-kind.ts';
import { withoutLineEnd } from '../auth/credential-secret.ts';

const nameForm = /^[A-Za-z0-9_.-]{1,64}$/;
const keyForm = /^[\x21-\x7e]{32,1024}$/;

/**
 * Names and keys, for which callers get time-limited tokens. A Secret has to hold the key itself: with it tokens are
 * signed, so that every facade knows those of the others, and none is good any more when the key is gone.
 */
export const kvolKind: CredentialKind = {
  name: 'kvol',
  shown: 'token',
  read(text) {
    const name = withoutLineEnd(text('name') ?? '');
    const key = withoutLineEnd(text('key') ?? '');
    if (!nameForm.test(name))
      return 'name is not 1 to 64 letters, digits, "-", "_" and ".": set it to what callers shall send';
    if (!keyForm.test(key))
      return (
        'key is not 32 to 1024 letters, digits and signs without blanks: ' +
        'use for example the output of: openssl rand -hex 32'
      );
    return { index: name, proof: Buffer.from(key) };
  },
  make() {
    const name = `kvol-${randomBytes(4).toString('hex')}`;
    const key = newToken();
    const basic = Buffer.from(`${name}:${key}`).toString('base64');
    return {
      secret: key,
      data: { name, key },
      use:
        `Name and key are shown this once:\n\n  ${name}\n  ${key}\n\n` +
        `Its caller gets a token, good for ten minutes, from GET /api/token with the header\n` +
        `  Authorization: Basic ${basic}\n` +
        'and sends it as the password of the user gabianet, for example: curl -u "gabianet:$TOKEN" …\n',
    };
  },
};
