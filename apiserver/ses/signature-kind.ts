import { randomBytes } from 'node:crypto';

import type { CredentialKind } from '../auth/credential-kind.ts';
import { withoutLineEnd } from '../auth/credential-secret.ts';

/** An access key goes over the wire as one word, and is signed as it is sent. */
const accessKeyForm = /^[A-Za-z0-9_-]{8,128}$/;
/** Guessing a secret key of this length is hopeless. */
const shortestSecretKey = 16;

/**
 * Access keys with the secret keys by which their callers sign. A Secret holds the secret key itself: a digest of it
 * would not do to check a signature.
 */
export const signatureKind: CredentialKind = {
  name: 'signature-v2',
  shown: 'signature',
  read(text) {
    const accessKey = withoutLineEnd(text('accessKey') ?? '');
    const secretKey = withoutLineEnd(text('secretKey') ?? '');
    if (!accessKeyForm.test(accessKey)) return 'accessKey is not 8 to 128 letters, digits, "_" and "-"';
    if (secretKey.length < shortestSecretKey)
      return (
        `secretKey has fewer than ${shortestSecretKey} characters: ` +
        'set it for example to the output of: openssl rand -hex 20'
      );
    return { index: accessKey, proof: Buffer.from(secretKey) };
  },
  make() {
    // Letters and digits alone: nothing that a shell or a program could take for an option.
    const accessKey = randomBytes(10).toString('hex');
    const secretKey = randomBytes(20).toString('hex');
    const use =
      `The secret key is shown this once:\n\n  access key  ${accessKey}\n  secret key  ${secretKey}\n\n` +
      'Its caller signs each call with it: docs/rest/ses.md says how.\n';
    return { secret: secretKey, data: { accessKey, secretKey }, use };
  },
};
