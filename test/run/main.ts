/** `make run`: a control plane (or the given cluster), our kinds, controllers, recorder and facade, and the demos. */
import { mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { openLocalExecutor } from '../../controllers/agenttask/executors/local.ts';
import { pickPorts } from '../cluster/ports.ts';
import type { Demo, OpenedDemo } from './demo.ts';
import { demos } from './demos.ts';
import { runProgram, startProgram, type Program } from './processes.ts';
import { readRunSettings, type RunSettings } from './settings.ts';
import { openCluster, prepareCluster, systemNamespace, type Cluster } from './site.ts';

const say = (line = ''): boolean => process.stdout.write(`${line}\n`);

const stopped = Promise.withResolvers<void>();
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    stopping.abort();
    stopped.resolve();
  });
}

/** What has to be undone at the end, as far as it came. */
interface Running {
  readonly folder: string;
  readonly programs: Program[];
  readonly demos: OpenedDemo[];
  cluster?: Cluster;
}

/** @throws Error for what was asked for and cannot be shown here: better now than after minutes */
async function demandAll(shown: readonly Demo[]): Promise<void> {
  for (const demo of shown) {
    const lacking = await demo.lacks?.();
    if (lacking !== undefined) throw new Error(`WITH=${demo.asked?.word} cannot be shown here: ${lacking}`);
  }
}

async function run(settings: RunSettings, shown: readonly Demo[], running: Running): Promise<void> {
  const cluster = await openCluster(say);
  running.cluster = cluster;
  if (stopping.signal.aborted) return;
  await prepareCluster(cluster);

  const [controllersPort, recorderPort, facadePort, freePort] = await pickPorts(4);
  const port = settings.port ?? String(freePort);
  const facadeUrl = `http://127.0.0.1:${port}`;
  for (const demo of shown) {
    running.demos.push(await demo.open({ cluster, settings, facadeUrl, folder: running.folder, say }));
    if (stopping.signal.aborted) return;
  }
  const env = environment(cluster, running.folder);
  running.programs.push(
    startProgram('recorder', 'history/main.ts', health(recorderPort), env),
    startProgram(
      'controllers',
      'controllers/main.ts',
      [
        ...health(controllersPort),
        '--state-folder',
        join(running.folder, 'runs'),
        ...running.demos.flatMap(({ controllers = [] }) => controllers),
      ],
      env,
    ),
    startProgram(
      'facade',
      'apiserver/main.ts',
      [...health(facadePort), '--port', port, ...running.demos.flatMap(({ facade = [] }) => facade)],
      env,
    ),
  );
  const ended = Promise.race(
    running.programs.map(async ({ name, ended: end }) =>
      Promise.reject(new Error(`the ${name} ended with ${await end}; its last lines are above`)),
    ),
  );
  const showing = (async () => {
    await waitUntilReady(
      [recorderPort, controllersPort, facadePort].map((healthPort) => `http://127.0.0.1:${healthPort}/readyz`),
    );
    for (const demo of running.demos) await demo.show?.();
    sayWhatNow(settings, facadeUrl, running.demos);
  })();
  await Promise.race([ended, stopped.promise, showing.then(() => stopped.promise)]);
}

/** Resolves when every URL answers 200. */
async function waitUntilReady(urls: readonly string[]): Promise<void> {
  for (const url of urls) while (!(await isReady(url))) await sleep(100);
}

async function isReady(url: string): Promise<boolean> {
  const answer = await fetch(url).catch(() => undefined);
  return answer?.ok === true;
}

function health(port: number | undefined): readonly string[] {
  return ['--health-port', String(port)];
}

function environment({ kubeconfigPath }: Cluster, folder: string): Readonly<Record<string, string>> {
  return {
    KUBECONFIG: kubeconfigPath,
    FLEETWRIGHT_NAMESPACE: systemNamespace,
    FLEETWRIGHT_HISTORY_FILE: join(folder, 'history.sqlite'),
  };
}

function sayWhatNow(settings: RunSettings, facadeUrl: string, shown: readonly OpenedDemo[]): void {
  const { mode, jobxMode, stageMode, asked } = settings;
  say();
  const others = `the JOBX API in ${jobxMode} mode, the stage API in ${stageMode} mode`;
  say(`Fleetwright is running; the dispatch API answers in ${mode} mode, ${others}. Ctrl-C stops everything.`);
  for (const { lines } of shown) {
    say();
    for (const line of lines) say(line);
  }
  say();
  for (const { asked: more } of demos)
    if (more !== undefined && !asked.includes(more.word)) say(`# to see ${more.shows}: make run WITH=${more.word}`);
  say(`# the description of the APIs, to look at: ${facadeUrl}/docs/`);
  say();
}

/** Runs outlive their controller by design; here nobody would ever look for them again. */
async function endRuns(folder: string): Promise<void> {
  for (const cluster of await readdir(join(folder, 'runs')).catch(() => [])) {
    const executor = await openLocalExecutor({ stateFolder: join(folder, 'runs', cluster) });
    for (const id of await executor.list()) await executor.requestStop(id, 'kill');
  }
}

async function stop({ folder, programs, cluster, demos: shown }: Running): Promise<void> {
  for (const demo of shown.toReversed()) await demo.leave?.().catch(complain);
  for (const program of programs.toReversed()) await program.stop();
  await endRuns(folder);
  for (const demo of shown.toReversed()) await demo.close?.();
  // The history goes with the folder: nobody would release what it holds.
  if (cluster?.given === true && programs.length > 0)
    await runProgram('history/main.ts', ['--uninstall'], environment(cluster, folder));
  await cluster?.stop();
  await rm(folder, { recursive: true, force: true });
}

let exitCode = 0;
const complain = (error: unknown): void => {
  process.stderr.write(`make run: ${error instanceof Error ? error.message : String(error)}\n`);
  exitCode = 1;
};
try {
  const words = demos.flatMap(({ asked }) => asked?.word ?? []);
  const settings = readRunSettings(process.env, words);
  const shown = demos.filter(({ asked }) => asked === undefined || settings.asked.includes(asked.word));
  await demandAll(shown);
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'fleetwright-run-'));
  const running: Running = { folder, programs: [], demos: [] };
  await run(settings, shown, running).catch((error: unknown) => {
    // What an interrupt has ended, such as a kubectl under way, is no failure.
    if (!stopping.signal.aborted) complain(error);
  });
  say('Stopping.');
  await stop(running);
} catch (error) {
  complain(error);
}
process.exit(exitCode);
