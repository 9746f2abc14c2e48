import { spawn } from 'node:child_process';
import { ClusterError } from './errors.ts';

export interface KubectlResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

export interface KubectlAccess {
  readonly kubectlPath: string;
  readonly kubeconfigPath: string;
  /** Where kubectl keeps what it discovered; its own default is the user's home. */
  readonly cacheFolder?: string;
}

/** Runs kubectl to its end. Resolves for every exit code; throws KUBECTL_FAILED only when it cannot be run at all. */
export async function runKubectl(
  access: KubectlAccess,
  args: readonly string[],
  options: { readonly input?: string } = {},
): Promise<KubectlResult> {
  const child = spawn(access.kubectlPath, args, {
    env: {
      ...process.env,
      KUBECONFIG: access.kubeconfigPath,
      ...(access.cacheFolder === undefined ? {} : { KUBECACHEDIR: access.cacheFolder }),
    },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  // A kubectl that refuses its arguments ends without reading its input; its own message says why.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', (error) => {
      reject(
        new ClusterError('KUBECTL_FAILED', `Cannot run ${access.kubectlPath}: ${error.message}.`, { cause: error }),
      );
    });
    child.once('close', (exitCode) => resolve(exitCode ?? 1));
  });
  return { stdout, stderr, code };
}

/**
 * Like runKubectl, but throws ClusterError KUBECTL_FAILED with kubectl's own words unless it succeeds. Returns its
 * output.
 */
export async function mustKubectl(
  access: KubectlAccess,
  args: readonly string[],
  options: { readonly input?: string } = {},
): Promise<string> {
  const result = await runKubectl(access, args, options);
  if (result.code !== 0) {
    throw new ClusterError(
      'KUBECTL_FAILED',
      `\`kubectl ${args.join(' ')}\` failed: ${(result.stderr || result.stdout).trim()}`,
    );
  }
  return result.stdout;
}
