import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ClusterError } from './errors.ts';

/** A user whom the API server knows by a static bearer token. */
export interface TokenUser {
  readonly token: string;
  readonly user: string;
  readonly groups?: readonly string[];
}

export interface Credentials {
  readonly adminToken: string;
  readonly controllerManagerToken: string;
  readonly schedulerToken: string;
  readonly kwokToken: string;
  /** CSV that the API server reads when it starts, and only then. */
  readonly tokensFile: string;
  /** Signs service account tokens. */
  readonly serviceAccountKeyFile: string;
}

/** Makes fresh secrets in the folder, readable by the owner only. */
export async function writeCredentials(folder: string, extra: readonly TokenUser[]): Promise<Credentials> {
  const admin = component('admin', ['system:masters']);
  const controllerManager = component('system:kube-controller-manager', []);
  const scheduler = component('system:kube-scheduler', []);
  // kwok acts for every kubelet at once; no built-in role allows that.
  const kwok = component('kwok', ['system:masters']);
  const tokensFile = join(folder, 'tokens.csv');
  const serviceAccountKeyFile = join(folder, 'service-account.key');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const users = [admin, controllerManager, scheduler, kwok, ...extra];
  await Promise.all([
    writeFile(tokensFile, users.map(tokenLine).join(''), { mode: 0o600 }),
    writeFile(serviceAccountKeyFile, privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 }),
  ]);
  return {
    adminToken: admin.token,
    controllerManagerToken: controllerManager.token,
    schedulerToken: scheduler.token,
    kwokToken: kwok.token,
    tokensFile,
    serviceAccountKeyFile,
  };
}

function component(user: string, groups: readonly string[]): TokenUser {
  return { token: randomBytes(24).toString('base64url'), user, groups };
}

/** One line of a static token file: token, user name, uid and, quoted as one field, the groups. */
export function tokenLine(user: TokenUser): string {
  const fields = [user.token, user.user, ...(user.groups ?? [])];
  if (user.token === '' || user.user === '' || fields.some((field) => /[",\r\n]/.test(field))) {
    throw new ClusterError(
      'BAD_USAGE',
      `The token user ${JSON.stringify(user.user)} needs a token and a name, ` +
        'and neither they nor the groups may hold commas, quotes or line ends.',
    );
  }
  const groups = user.groups === undefined || user.groups.length === 0 ? '' : `,"${user.groups.join(',')}"`;
  return `${user.token},${user.user},${user.user}${groups}\n`;
}
