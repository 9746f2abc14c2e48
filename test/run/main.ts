/**
 * `make run`: a control plane (or the given cluster), our kinds, controllers, recorder and facade, and two example
 * tasks.
 */
import { mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openLocalExecutor } from '../../controllers/agenttask/executors/local.ts';
import type { KubectlAccess } from '../cluster/kubectl.ts';
import { pickPorts } from '../cluster/ports.ts';
import { applyExample, postExample, waitUntilReady } from './examples.ts';
import { curlLines, type Facade } from './lines.ts';
import { runProgram, startProgram, type Program } from './processes.ts';
import { readRunSettings, type RunSettings } from './settings.ts';
import { openCluster, prepareCluster, systemNamespace, type Cluster, type Credential } from './site.ts';

const say = (line = ''): boolean => process.stdout.write(`${line}\n`);

const stopped = Promise.withResolvers<string>();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopped.resolve(signal));

/** What has to be undone at the end, as far as it came. */
interface Running {
  readonly folder: string;
  readonly programs: Program[];
  cluster?: Cluster;
  credential?: Credential;
}

async function run(settings: RunSettings, running: Running): Promise<void> {
  const opening = openCluster(say);
  const interrupted = await Promise.race([opening.then(() => false), stopped.promise.then(() => true)]);
  const cluster = await opening;
  running.cluster = cluster;
  if (interrupted) return;
  const credential = await prepareCluster(cluster);
  running.credential = credential;

  const [controllersPort, recorderPort, facadePort, freePort] = await pickPorts(4);
  const port = settings.port ?? String(freePort);
  const facade: Facade = { url: `http://127.0.0.1:${port}`, token: credential.token, mode: settings.mode };
  const env = environment(cluster, running.folder);
  running.programs.push(
    startProgram('recorder', 'history/main.ts', ['--health-port', String(recorderPort)], env),
    startProgram(
      'controllers',
      'controllers/main.ts',
      [
        '--state-folder',
        join(running.folder, 'runs'),
        '--health-port',
        String(controllersPort),
        '--content-path',
        join(import.meta.dirname, 'content'),
      ],
      env,
    ),
    startProgram(
      'facade',
      'apiserver/main.ts',
      ['--port', port, '--health-port', String(facadePort), '--dispatch-mode', settings.mode],
      env,
    ),
  );
  const ended = Promise.race(
    running.programs.map(async ({ name, ended: end }) =>
      Promise.reject(new Error(`the ${name} ended with ${await end}; its last lines are above`)),
    ),
  );
  const shown = (async () => {
    await waitUntilReady(
      [recorderPort, controllersPort, facadePort].map((healthPort) => `http://127.0.0.1:${healthPort}/readyz`),
    );
    await applyExample(cluster, say);
    await postExample(cluster, facade, say);
    sayWhatNow(cluster, facade);
  })();
  await Promise.race([ended, stopped.promise, shown.then(() => stopped.promise)]);
}

function environment({ kubeconfigPath }: Cluster, folder: string): Readonly<Record<string, string>> {
  return {
    KUBECONFIG: kubeconfigPath,
    FLEETWRIGHT_NAMESPACE: systemNamespace,
    FLEETWRIGHT_HISTORY_FILE: join(folder, 'history.sqlite'),
  };
}

function sayWhatNow({ kubeconfigPath, kubectlPath }: KubectlAccess, facade: Facade): void {
  say();
  say(`Fleetwright is running; the dispatch API answers in ${facade.mode} mode. Ctrl-C stops everything.`);
  say();
  say('# kubectl');
  say(`export KUBECONFIG=${kubeconfigPath}`);
  say(`${kubectlPath} get agenttasks`);
  say();
  for (const line of curlLines(facade)) say(line);
  say();
  say(`# the description of the API, to look at: ${facade.url}/docs/`);
  say();
}

/** Runs outlive their controller by design; here nobody would ever look for them again. */
async function endRuns(folder: string): Promise<void> {
  for (const cluster of await readdir(join(folder, 'runs')).catch(() => [])) {
    const executor = await openLocalExecutor({ stateFolder: join(folder, 'runs', cluster) });
    for (const id of await executor.list()) await executor.requestStop(id, 'kill');
  }
}

async function stop({ folder, programs, cluster, credential }: Running): Promise<void> {
  for (const program of programs.toReversed()) await program.stop();
  await endRuns(folder);
  if (cluster?.given === true) {
    await credential?.remove();
    // The history goes with the folder: nobody would release what it holds.
    if (programs.length > 0) await runProgram('history/main.ts', ['--uninstall'], environment(cluster, folder));
  }
  await cluster?.stop();
  await rm(folder, { recursive: true, force: true });
}

let exitCode = 0;
const complain = (error: unknown): void => {
  process.stderr.write(`make run: ${error instanceof Error ? error.message : String(error)}\n`);
  exitCode = 1;
};
try {
  const settings = readRunSettings(process.env);
  const running: Running = { folder: await mkdtemp(join(await realpath(tmpdir()), 'fleetwright-run-')), programs: [] };
  await run(settings, running).catch(complain);
  say('Stopping.');
  await stop(running);
} catch (error) {
  complain(error);
}
process.exit(exitCode);
