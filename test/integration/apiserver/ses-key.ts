import { randomBytes } from 'node:crypto';

import { credentialManifests } from '../../../apiserver/credential/manifests.ts';
import { sesCallers } from '../../../apiserver/ses/callers.ts';
import { signatureKind } from '../../../apiserver/ses/signature-kind.ts';
import type { KeyPair } from '../../signed.ts';
import { applyManifests } from './credentials.ts';

/**
 * Makes a credential of the ses API, and its caller's rights. The facade hears of it by its watch.
 * @param namespace of the credentials. @param taskNamespaces where the caller may work with upgrades
 */
export async function makeKeyPair(namespace: string, taskNamespaces: readonly string[]): Promise<KeyPair> {
  const credential = signatureKind.make();
  const { accessKey = '', secretKey = '' } = credential.data;
  const name = `ses-${randomBytes(4).toString('hex')}`;
  await applyManifests(
    credentialManifests({ name, callers: sesCallers, credential, user: name, namespace, taskNamespaces }),
  );
  return { accessKey, secretKey };
}
