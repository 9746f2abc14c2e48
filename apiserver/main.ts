import { pino } from 'pino';

import { CredentialsError } from '../kube/errors.ts';
import { ConfigError } from '../kube/flags.ts';
import { reportOf } from '../kube/thrown.ts';
import { readConfig } from './config.ts';
import { runFacade } from './run.ts';

async function main(): Promise<void> {
  const config = readConfig(process.argv.slice(2), process.env);
  if (typeof config === 'string') {
    process.stdout.write(config);
    return;
  }
  const log = pino({
    name: 'fleetwright-facade',
    level: config.logLevel,
    redact: ['*.headers.authorization', 'headers.authorization'],
  });
  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      log.info({ signal }, 'stopping: requests under way are answered');
      stopping.abort();
    });
  }
  await runFacade(config, log, stopping.signal);
  log.info('stopped');
}

try {
  await main();
} catch (error) {
  const expected = error instanceof ConfigError || error instanceof CredentialsError;
  process.stderr.write(`fleetwright-facade: ${reportOf(error, expected)}\n`);
  process.exit(1);
}
process.exit(0);
