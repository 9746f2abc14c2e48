import { writeFile } from 'node:fs/promises';

import { pino } from 'pino';

import { systemClock } from '../../../kube/clock.ts';
import { ConfigError } from '../../../kube/flags.ts';
import { reportOf } from '../../../kube/thrown.ts';
import type { PodResult } from '../executors/job/contract.ts';
import { encodePodResult } from '../executors/job/result.ts';
import { openLocalExecutor } from '../executors/local.ts';
import { readConfig, type PodConfig } from './config.ts';
import { LogOutput } from './output.ts';
import { PodRun } from './run.ts';

/**
 * Milliseconds from the signal until the result is written, however far the stop has come: a pod is given 30 seconds.
 */
const stopTime = 24_000;
/**
 * Milliseconds that a slow reader of the log is given once the result is written: when there is time, and when the pod
 * has to go.
 */
const printTime = { usual: 10_000, hurried: 3000 };
/** The same for the last line. */
const lastLineTime = 1000;

/** @returns the exit code */
async function main(): Promise<number> {
  const config = readConfig(process.argv.slice(2), process.env);
  if (typeof config === 'string') {
    process.stdout.write(config);
    return 0;
  }
  const result = await carryOut(config);
  return result.outcome === 'successful' ? 0 : 1;
}

async function carryOut(config: PodConfig): Promise<PodResult> {
  const output = new LogOutput(process.stdout);
  const log = pino(
    { name: 'fleetwright-pod', level: config.logLevel },
    { write: (line: string) => output.say(line.trimEnd()) },
  );
  const stop = new AbortController();
  const run = new PodRun({
    config,
    openExecutor: openLocalExecutor,
    output,
    log,
    clock: systemClock,
    stop: stop.signal,
  });
  const timeIsUp = Promise.withResolvers<PodResult>();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) return;
      log.info({ signal }, 'the pod has to go');
      stop.abort();
      setTimeout(() => timeIsUp.resolve(run.cutOff()), stopTime);
    });
  }
  const result = await Promise.race([run.carryOut(), timeIsUp.promise]);
  // In place: the file is mounted, so that no other can take its name.
  await writeFile(config.resultFile, encodePodResult(result));
  await run.printRest(stop.signal.aborted ? printTime.hurried : printTime.usual);
  log.info({ outcome: result.outcome, exitCode: result.exitCode, reason: result.cause?.reason }, 'the run has ended');
  await output.drained(lastLineTime);
  return result;
}

// The log is for people; that nobody reads it is no reason to give up a run.
process.stderr.on('error', () => {});
try {
  process.exit(await main());
} catch (error) {
  process.stderr.write(`fleetwright-pod: ${reportOf(error, error instanceof ConfigError)}\n`);
  process.exit(1);
}
