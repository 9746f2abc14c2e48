/** `make credential`: credentials of callers for people at a terminal. */
import { stringify } from 'yaml';

import { KubeClient } from '../../kube/client.ts';
import { Credentials, loadKubeConfig } from '../../kube/credentials.ts';
import { ApiError, CredentialsError, TransportError } from '../../kube/errors.ts';
import { ConfigError } from '../../kube/flags.ts';
import { Transport } from '../../kube/transport.ts';
import { createCredential, listCredentials, revokeCredential, rotateCredential } from './credential-commands.ts';
import { credentialManifests, newToken } from './credential-manifests.ts';
import { readCommand, type CredentialCommand } from './credential-options.ts';

async function main(): Promise<void> {
  const command = readCommand(process.argv.slice(2), process.env);
  if (typeof command === 'string') {
    process.stdout.write(command);
    return;
  }
  if (command.verb === 'create' && command.print) {
    const token = newToken();
    process.stdout.write(
      credentialManifests({ ...command, token })
        .map((manifest) => stringify(manifest))
        .join('---\n'),
    );
    process.stderr.write(tokenText(token));
    return;
  }
  const transport = new Transport(new Credentials(() => loadKubeConfig(command.kubeconfig)));
  try {
    const client = new KubeClient(transport, { fieldManager: 'fleetwright-credential' });
    process.stdout.write(await carriedOut(client, command));
  } finally {
    await transport.close();
  }
}

async function carriedOut(client: KubeClient, command: CredentialCommand): Promise<string> {
  if (command.verb === 'list') return text(await listCredentials(client, command));
  if (command.verb === 'revoke') return text(await revokeCredential(client, command));
  const token = newToken();
  const lines =
    command.verb === 'create'
      ? await createCredential(client, command, token)
      : await rotateCredential(client, command, token);
  return text(lines) + tokenText(token);
}

function text(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}

function tokenText(token: string): string {
  return `\nThe token is shown this once:\n\n  ${token}\n\nIts caller sends: Authorization: Bearer ${token}\n`;
}

try {
  await main();
} catch (error) {
  const expected =
    error instanceof ConfigError ||
    error instanceof CredentialsError ||
    error instanceof ApiError ||
    error instanceof TransportError;
  process.stderr.write(
    `credential: ${expected ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exit(1);
}
