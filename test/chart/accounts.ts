import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { loadKubeConfig } from '../../kube/credentials.ts';
import { mustKubectl } from '../cluster/kubectl.ts';
import type { ControlPlane } from '../cluster/control-plane.ts';

/** One token of a service account. */
export interface Account {
  readonly kubeconfigPath: string;
  readonly user: string;
  /** By which the audit log tells calls with this token from those with another one of the same account. */
  readonly credential: string;
}

/** Lets a program act as a service account and nobody else. */
export async function accountOf(plane: ControlPlane, namespace: string, name: string): Promise<Account> {
  const token = (await mustKubectl(plane, ['create', 'token', name, '-n', namespace])).trim();
  const config = loadKubeConfig(plane.kubeconfigPath);
  config.users = config.users.map((user) => ({ name: user.name, token }));
  const kubeconfigPath = join(await mkdtemp(join(plane.folder, 'account-')), 'kubeconfig');
  await writeFile(kubeconfigPath, config.exportConfig(), { mode: 0o600 });
  const { jti } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as {
    readonly jti: string;
  };
  return { kubeconfigPath, user: `system:serviceaccount:${namespace}:${name}`, credential: `JTI=${jti}` };
}
