/** `make credential`: credentials of callers for people at a terminal. */
import { stringify } from 'yaml';

import { KubeClient } from '../../kube/client.ts';
import { Credentials, loadKubeConfig } from '../../kube/credentials.ts';
import { ApiError, CredentialsError, TransportError } from '../../kube/errors.ts';
import { ConfigError } from '../../kube/flags.ts';
import { reportOf } from '../../kube/thrown.ts';
import { Transport } from '../../kube/transport.ts';
import type { Callers } from '../api.ts';
import { createCredential, listCredentials, revokeCredential, rotateCredential } from './commands.ts';
import { apiNamed } from './kinds.ts';
import { credentialManifests } from './manifests.ts';
import { readCommand, type CredentialCommand } from './options.ts';

async function main(): Promise<void> {
  const command = readCommand(process.argv.slice(2), process.env);
  if (typeof command === 'string') {
    process.stdout.write(command);
    return;
  }
  if (command.verb === 'create' && command.print) {
    const callers = callersOf(command);
    const credential = callers.credential.make();
    process.stdout.write(
      credentialManifests({ ...command, callers, credential })
        .map((manifest) => stringify(manifest))
        .join('---\n'),
    );
    process.stderr.write(`\n${credential.use}`);
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
  const { lines, credential } =
    command.verb === 'create'
      ? await createCredential(client, command, callersOf(command))
      : await rotateCredential(client, command);
  return `${text(lines)}\n${credential.use}`;
}

function callersOf({ api }: CredentialCommand): Callers {
  const found = apiNamed(api);
  if (found === undefined) throw new ConfigError(`--api is ${JSON.stringify(api)}: there is no such API`);
  return found.callers;
}

function text(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}

try {
  await main();
} catch (error) {
  const expected =
    error instanceof ConfigError ||
    error instanceof CredentialsError ||
    error instanceof ApiError ||
    error instanceof TransportError;
  process.stderr.write(`credential: ${reportOf(error, expected)}\n`);
  process.exit(1);
}
