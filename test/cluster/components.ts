import { join } from 'node:path';
import type { BinaryName } from './binaries/catalogue.ts';
import type { BinaryPaths } from './binaries/ensure.ts';
import type { Credentials } from './credentials.ts';
import type { ProgramSpec } from './keeper-protocol.ts';

export interface Layout {
  readonly folder: string;
  /** Where the API server listens. */
  readonly address: string;
  readonly paths: BinaryPaths;
  readonly etcdPort: number;
  readonly etcdPeerPort: number;
  readonly apiserverPort: number;
}

export interface ApiserverSettings {
  readonly credentials: Credentials;
  /** Where the audit log goes; none is written without it. */
  readonly auditLogPath?: string;
  readonly extraArgs: readonly string[];
}

/** The folder in which the API server keeps the certificate that it makes for itself. */
export function certificateFolder(folder: string): string {
  return join(folder, 'certificates');
}

export function auditPolicyPath(folder: string): string {
  return join(folder, 'audit-policy.json');
}

export function logPath(folder: string, name: string): string {
  return join(folder, `${name}.log`);
}

export function etcd(layout: Layout): ProgramSpec {
  const client = `http://127.0.0.1:${layout.etcdPort}`;
  const peer = `http://127.0.0.1:${layout.etcdPeerPort}`;
  return program(layout, 'etcd', [
    '--name=local',
    `--data-dir=${join(layout.folder, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=local=${peer}`,
    // The data dies with the folder, so there is nothing to save from a power cut.
    '--unsafe-no-fsync',
    '--quota-backend-bytes=4294967296',
    '--log-level=warn',
  ]);
}

export function apiserver(layout: Layout, settings: ApiserverSettings): ProgramSpec {
  const { credentials, auditLogPath } = settings;
  const audit =
    auditLogPath === undefined
      ? []
      : [
          `--audit-policy-file=${auditPolicyPath(layout.folder)}`,
          `--audit-log-path=${auditLogPath}`,
          '--audit-log-maxsize=0',
        ];
  return program(layout, 'kube-apiserver', [
    `--etcd-servers=http://127.0.0.1:${layout.etcdPort}`,
    `--bind-address=${layout.address}`,
    // Left out, it is looked for among the interfaces, which fails on a machine without a route.
    `--advertise-address=${layout.address}`,
    `--secure-port=${layout.apiserverPort}`,
    `--cert-dir=${certificateFolder(layout.folder)}`,
    `--token-auth-file=${credentials.tokensFile}`,
    '--authorization-mode=Node,RBAC',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${credentials.serviceAccountKeyFile}`,
    `--service-account-signing-key-file=${credentials.serviceAccountKeyFile}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    // No pod of the pretended nodes could reach the endpoint, and a loopback address is refused as one.
    '--endpoint-reconciler-type=none',
    '--allow-privileged=true',
    '--kubelet-preferred-address-types=InternalIP',
    ...audit,
    ...settings.extraArgs,
  ]);
}

export function controllerManager(layout: Layout, kubeconfig: string, credentials: Credentials): ProgramSpec {
  return program(layout, 'kube-controller-manager', [
    `--kubeconfig=${kubeconfig}`,
    '--use-service-account-credentials',
    `--service-account-private-key-file=${credentials.serviceAccountKeyFile}`,
    `--root-ca-file=${join(certificateFolder(layout.folder), 'apiserver.crt')}`,
    '--leader-elect=false',
    // No serving port at all: one port less to race for.
    '--secure-port=0',
    '--kube-api-qps=200',
    '--kube-api-burst=400',
  ]);
}

export function scheduler(layout: Layout, kubeconfig: string): ProgramSpec {
  return program(layout, 'kube-scheduler', [
    `--kubeconfig=${kubeconfig}`,
    '--leader-elect=false',
    '--secure-port=0',
    '--kube-api-qps=200',
    '--kube-api-burst=400',
  ]);
}

export function kwok(layout: Layout, kubeconfig: string, stagesFile: string): ProgramSpec {
  return program(layout, 'kwok', [
    `--kubeconfig=${kubeconfig}`,
    `--config=${stagesFile}`,
    '--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake',
    '--node-lease-duration-seconds=40',
    '--node-ip=10.97.0.1',
    '--cidr=10.98.0.0/16',
    '--node-port=0',
  ]);
}

function program(layout: Layout, name: BinaryName, args: readonly string[]): ProgramSpec {
  return { name, command: layout.paths.pathOf(name), args, logFile: logPath(layout.folder, name) };
}
