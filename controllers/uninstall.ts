import { pino } from 'pino';

import { KubeClient } from '../kube/client.ts';
import { Credentials, loadKubeConfig } from '../kube/credentials.ts';
import { ConfigError, readSettings, type Setting } from '../kube/flags.ts';
import { reportOf } from '../kube/thrown.ts';
import { Transport } from '../kube/transport.ts';
import { kinds } from './kinds.ts';
import { deleteAll, ObjectsRemainError } from './shared/removal.ts';

const settings = {
  kubeconfig: {
    variable: 'KUBECONFIG',
    value: 'FILE',
    fallback: '',
    help: "kubeconfig; else ~/.kube/config, else the pod's service account",
  },
  'timeout-seconds': {
    variable: 'FLEETWRIGHT_UNINSTALL_TIMEOUT_SECONDS',
    value: 'N',
    fallback: '600',
    help: 'how long the objects may take to end, 1 to 86400',
  },
} satisfies Record<string, Setting>;

/** What no finalizer holds goes by itself, or may stay. */
const held = kinds.filter(({ finalizers, recorded }) => finalizers.length > 0 || recorded === true);
const names = held.map(({ objects }) => `${objects.kind}s`).join(', ');
const usage = `Deletes all ${names} of the cluster and waits until they are gone, runs stopped and hosts free.
For the moment before the controllers and the definitions of these kinds are removed: both are needed for that.

usage: node controllers/uninstall.ts [flags]`;

async function main(): Promise<void> {
  const read = readSettings(usage, settings, process.argv.slice(2), process.env);
  if (typeof read === 'string') {
    process.stdout.write(read);
    return;
  }
  const log = pino({ name: 'fleetwright-uninstall' });
  const transport = new Transport(new Credentials(() => loadKubeConfig(read.optional('kubeconfig'))));
  try {
    const client = new KubeClient(transport, { fieldManager: 'fleetwright-uninstall' });
    const timeout = AbortSignal.timeout(read.whole('timeout-seconds', 1, 86_400) * 1000);
    const deleted = await deleteAll(client, held, log, timeout);
    log.info({ deleted }, 'nothing is left');
  } finally {
    await transport.close();
  }
}

try {
  await main();
} catch (error) {
  const expected = error instanceof ConfigError || error instanceof ObjectsRemainError;
  process.stderr.write(`fleetwright-uninstall: ${reportOf(error, expected)}\n`);
  process.exit(1);
}
process.exit(0);
