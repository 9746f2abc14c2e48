import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { binaries, envtestNames, kubernetesVersion } from './catalogue.ts';
import type { BinaryName } from './catalogue.ts';
import { runGo } from './go.ts';
import { cachedName, isExecutable } from './lookup.ts';
import type { Log } from './progress.ts';
import { publish } from './publish.ts';

const run = promisify(execFile);
const toolVersion = '0.25.1';
const tool = `sigs.k8s.io/controller-runtime/tools/setup-envtest@v${toolVersion}`;
// The index is a few kB: where it does not come in this time, the 100 MB behind it will not come either.
const indexTimeoutMs = 15_000;
const downloadTimeoutMs = 5 * 60_000;

/**
 * Fetches ready-made etcd, kube-apiserver and kubectl with controller-runtime's setup-envtest into the cache. Returns
 * false, after a log line, where its downloads cannot be had; the caller builds them then. Throws only where Go is
 * missing.
 */
export async function fetchWithEnvtest(cacheFolder: string, env: NodeJS.ProcessEnv, log: Log): Promise<boolean> {
  const scratch = await mkdtemp(join(tmpdir(), 'fleetwright-envtest-'));
  try {
    const command = await installTool(cacheFolder, scratch, env);
    const options = ['--bin-dir', scratch];
    await run(command, ['list', '-r', ...options], { timeout: indexTimeoutMs, env });
    log('fetching etcd, kube-apiserver and kubectl with setup-envtest');
    const wanted = kubernetesVersion.replace(/\d+$/, 'x');
    const { stdout } = await run(command, ['use', wanted, '-p', 'path', ...options], {
      timeout: downloadTimeoutMs,
      env,
    });
    for (const name of envtestNames) {
      await adopt(name, join(stdout.trim(), name), cacheFolder);
    }
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'GO_MISSING') {
      throw error;
    }
    log('setup-envtest cannot download ready-made binaries here, so they are built from source');
    return false;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Installed rather than `go run`: killing `go run` at the time limit would leave the tool itself running. */
async function installTool(cacheFolder: string, scratch: string, env: NodeJS.ProcessEnv): Promise<string> {
  const command = join(cacheFolder, cachedName('setup-envtest', toolVersion));
  if (!(await isExecutable(command))) {
    await runGo({ args: ['install', tool], env: { ...env, GOBIN: scratch, GOWORK: 'off' } });
    await publish(cacheFolder, cachedName('setup-envtest', toolVersion), (draft) =>
      rename(join(scratch, 'setup-envtest'), draft),
    );
  }
  return command;
}

/** Caches a fetched binary under the version that it reports itself, which may be another patch than the pinned one. */
async function adopt(name: BinaryName, path: string, cacheFolder: string): Promise<void> {
  const args = name === 'kubectl' ? ['version', '--client'] : ['--version'];
  const { stdout } = await run(path, args, { timeout: indexTimeoutMs });
  const version = /\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? binaries[name].version;
  await publish(cacheFolder, cachedName(name, version), (draft) => copyFile(path, draft));
}
