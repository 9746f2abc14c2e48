/** `make run`: a control plane (or the given cluster), our kinds, the controllers and the facade, and two example tasks. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openLocalExecutor } from '../../controllers/agenttask/executors/local.ts';
import { startControlPlane } from '../cluster/control-plane.ts';
import { installCrds } from '../cluster/crds.ts';
import { givenKubeconfig, presentKubectl } from '../cluster/given-cluster.ts';
import { mustKubectl, type KubectlAccess } from '../cluster/kubectl.ts';
import { pickPorts } from '../cluster/ports.ts';
import { applyExample, postExample, waitUntilReady, type Facade } from './examples.ts';
import { startProgram, type Program } from './processes.ts';

const namespace = 'fleetwright-system';
const say = (line = ''): boolean => process.stdout.write(`${line}\n`);

const stopped = Promise.withResolvers<string>();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopped.resolve(signal));

interface Cluster extends KubectlAccess {
  stop(): Promise<void>;
}

async function openCluster(): Promise<Cluster> {
  const given = givenKubeconfig(process.env);
  if (given !== undefined) {
    say(`Using the cluster of ${given}.`);
    return { kubeconfigPath: given, kubectlPath: await presentKubectl(process.env), stop: async () => {} };
  }
  say('Starting a control plane on this machine.');
  return startControlPlane({ log: say });
}

async function run(cluster: Cluster, folder: string, programs: Program[]): Promise<void> {
  await installCrds(cluster.kubeconfigPath, undefined, { kubectlPath: cluster.kubectlPath });
  const manifest = JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await mustKubectl(cluster, ['apply', '--server-side', '-f', '-'], { input: manifest });

  const token = randomBytes(24).toString('base64url');
  const tokenFile = join(folder, 'dispatch-token');
  await writeFile(tokenFile, token, { mode: 0o600 });
  const [healthPort, facadeHealthPort, freePort] = await pickPorts(3);
  const port = process.env['FLEETWRIGHT_PORT'] ?? String(freePort);
  const facade: Facade = { url: `http://127.0.0.1:${port}`, token };
  const env = { KUBECONFIG: cluster.kubeconfigPath, FLEETWRIGHT_NAMESPACE: namespace };
  programs.push(
    startProgram('controllers', 'controllers/main.ts', ['--state-folder', join(folder, 'runs'), '--health-port', String(healthPort)], env),
    startProgram('facade', 'apiserver/main.ts', [], { ...env, FLEETWRIGHT_DISPATCH_TOKEN_FILE: tokenFile, FLEETWRIGHT_PORT: port, FLEETWRIGHT_HEALTH_PORT: String(facadeHealthPort) }),
  );
  const ended = Promise.race(programs.map(async ({ name, ended: end }) => Promise.reject(new Error(`the ${name} ended with ${await end}; its last lines are above`))));
  const shown = (async () => {
    await waitUntilReady([`http://127.0.0.1:${healthPort}/readyz`, `http://127.0.0.1:${facadeHealthPort}/readyz`]);
    await applyExample(cluster, say);
    await postExample(facade, say);
    sayWhatNow(cluster, facade);
  })();
  await Promise.race([ended, stopped.promise, shown.then(() => stopped.promise)]);
}

function sayWhatNow({ kubeconfigPath, kubectlPath }: KubectlAccess, { url, token }: Facade): void {
  say();
  say('Fleetwright is running. Ctrl-C stops everything.');
  say(`  export KUBECONFIG=${kubeconfigPath}`);
  say(`  ${kubectlPath} get agenttasks`);
  say(`  REST: ${url}    token: ${token}`);
  say(`  curl -sS -X POST ${url}/api/run -H 'Authorization: Bearer ${token}' -H 'X-CORRELATION-ID: 1-1' -H 'X-RESOURCE: demo' \\`);
  say(`    -d '{"name": "my-first-task", "nodes": ["localhost"], "content": "- hosts: all\\n  connection: local\\n  tasks: [{command: uname -a}]"}'`);
  say();
}

/** Runs outlive their controller by design; here nobody would ever look for them again. */
async function endRuns(folder: string): Promise<void> {
  for (const cluster of await readdir(join(folder, 'runs')).catch(() => [])) {
    const executor = await openLocalExecutor({ stateFolder: join(folder, 'runs', cluster) });
    for (const id of await executor.list()) await executor.requestStop(id, 'kill');
  }
}

const folder = await mkdtemp(join(await realpath(tmpdir()), 'fleetwright-run-'));
const programs: Program[] = [];
let cluster: Cluster | undefined;
let exitCode = 0;
try {
  const opening = openCluster();
  cluster = await Promise.race([opening, stopped.promise.then(() => undefined)]);
  if (cluster === undefined) cluster = await opening;
  else await run(cluster, folder, programs);
} catch (error) {
  process.stderr.write(`make run: ${error instanceof Error ? error.message : String(error)}\n`);
  exitCode = 1;
}
say('Stopping.');
for (const program of programs.toReversed()) await program.stop();
await endRuns(folder);
await cluster?.stop();
await rm(folder, { recursive: true, force: true });
process.exit(exitCode);
