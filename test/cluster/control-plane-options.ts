import type { Log } from './binaries/progress.ts';
import type { TokenUser } from './credentials.ts';

export interface ControlPlaneOptions {
  /** Which parts to run beside etcd and the API server. All by default; kwok brings three pretended nodes. */
  readonly components?: { readonly controllerManager?: boolean; readonly scheduler?: boolean; readonly kwok?: boolean };
  /** An IPv4 address of this machine for the API server, in place of 127.0.0.1. */
  readonly address?: string;
  /** Writes an audit log of every request, at level Metadata, to `auditLogPath` of the result. */
  readonly auditLog?: boolean;
  /** Takes lines for people: what is being built or waited for. */
  readonly log?: Log;
  /** Appended to kube-apiserver's own; where a flag comes twice, the last one counts. */
  readonly extraApiserverArgs?: readonly string[];
  /** More users than the administrator. */
  readonly tokens?: readonly TokenUser[];
}
