import type { KubectlResult } from './kubectl.ts';

/** A running control plane. */
export interface ControlPlane {
  /** A kubeconfig whose user may do everything (group system:masters). */
  readonly kubeconfigPath: string;
  readonly kubeconfig: string;
  readonly url: string;
  readonly adminToken: string;
  /** The issuer of the API server's certificate. */
  readonly caPem: string;
  /** The temporary folder: data, certificates and one log file per program. Removed by stop(). */
  readonly folder: string;
  /**
   * Static tokens as CSV (token, user, uid, "groups"); the API server reads it when it starts, so restart it after a
   * change.
   */
  readonly tokensFile: string;
  /** JSON lines, with the option auditLog only. */
  readonly auditLogPath: string | undefined;
  readonly kubectlPath: string;
  readonly apiserver: ApiserverControl;
  /** Runs kubectl as the administrator; resolves whatever its exit code is. */
  kubectl(this: void, args: readonly string[], options?: { readonly input?: string }): Promise<KubectlResult>;
  /** Ends every program and removes the folder. Doing it twice is fine. */
  stop(this: void): Promise<void>;
}

/**
 * The API server's process, for tests of what its clients do while it is away. Data, port and certificate outlive it.
 */
export interface ApiserverControl {
  /** The process now running, or the last one. */
  readonly pid: number;
  /** Resolves when the process is gone. SIGTERM, the default, lets requests finish first. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Starts it again on the same port and resolves when it is ready. */
  start(): Promise<void>;
  /** Stops it in its tracks with connections open (SIGSTOP), as a hung machine does. */
  pause(): void;
  resume(): void;
}
