import { spawn } from 'node:child_process';
import { ClusterError, hasErrno } from '../errors.ts';
import type { Binary } from './catalogue.ts';

const keptOutput = 4000;

export interface GoRun {
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** What to do on a machine that has neither Go nor the binaries. */
export const goMissingMessage =
  'The command `go` was not found, and the local control plane has to be built with it. ' +
  'Install Go 1.26 or newer (https://go.dev/doc/install) and put it on PATH, ' +
  'or set KUBEBUILDER_ASSETS to a folder that holds the missing binaries, ' +
  'or set KUBECONFIG to the kubeconfig of a cluster to use instead.';

/** Builds one command from the pinned sources of its tools module into `output`. Throws GO_MISSING or BUILD_FAILED. */
export async function goBuild(
  binary: Pick<Binary, 'module' | 'package' | 'ldflags' | 'tags'>,
  output: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  await runGo({
    args: [
      'build',
      '-trimpath',
      '-buildvcs=false',
      '-mod=readonly',
      '-ldflags',
      binary.ldflags,
      ...(binary.tags === undefined ? [] : ['-tags', binary.tags]),
      '-o',
      output,
      binary.package,
    ],
    cwd: binary.module,
    // A go.work of a folder above would replace the pinned versions.
    env: { ...env, CGO_ENABLED: '0', GOWORK: 'off' },
  });
}

/** Runs `go` to its end. Throws GO_MISSING, or BUILD_FAILED with the end of what it printed. */
export async function runGo(run: GoRun): Promise<void> {
  const child = spawn('go', run.args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: run.env ?? process.env,
    ...(run.cwd === undefined ? {} : { cwd: run.cwd }),
  });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString('utf8')).slice(-keptOutput);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', (error) => {
      reject(hasErrno(error, 'ENOENT') ? new ClusterError('GO_MISSING', goMissingMessage, { cause: error }) : error);
    });
    child.once('close', resolve);
  });
  if (code !== 0) {
    throw new ClusterError(
      'BUILD_FAILED',
      `\`go ${run.args.join(' ')}\` failed. ` +
        `Check that the Go module proxy is reachable and that the disk has 5 GB free. It printed:\n${output.trim()}`,
    );
  }
}
