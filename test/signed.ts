import { signatureOf } from '../apiserver/ses/signature.ts';

/** Of a caller of the ses API. */
export interface KeyPair {
  readonly accessKey: string;
  readonly secretKey: string;
}

interface Signing {
  /** Absent: POST. */
  readonly method?: string;
  /** Milliseconds since 1970, as the header has them; absent: now. */
  readonly timestamp?: string;
}

/** @returns the headers of a call of the ses API, signed as its document says. @param uri path and query */
export function signedHeaders(
  uri: string,
  { accessKey, secretKey }: KeyPair,
  { method = 'POST', timestamp = String(Date.now()) }: Signing = {},
): Readonly<Record<string, string>> {
  return {
    'x-ncp-apigw-timestamp': timestamp,
    'x-ncp-iam-access-key': accessKey,
    'x-ncp-apigw-signature-v2': signatureOf({ method, uri, timestamp, accessKey }, secretKey).toString('base64'),
  };
}
