import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ApiClient } from './api.ts';
import { controlApiserver } from './apiserver-control.ts';
import type { BinaryPaths } from './binaries/ensure.ts';
import { apiserver, auditPolicyPath, controllerManager, etcd, kwok, scheduler } from './components.ts';
import type { Layout } from './components.ts';
import type { ControlPlaneOptions } from './control-plane-options.ts';
import type { ControlPlane } from './control-plane-handle.ts';
import { writeCredentials } from './credentials.ts';
import type { Credentials } from './credentials.ts';
import { ClusterError } from './errors.ts';
import type { Keeper } from './keeper-client.ts';
import { kubeconfigOf } from './kubeconfig.ts';
import { runKubectl } from './kubectl.ts';
import { pickPorts } from './ports.ts';
import { kwokStages, pretendedNodes } from './pretended-nodes.ts';
import { apiserverAnswers, apiserverReady, defaultServiceAccount, etcdReady, issuerOfApiserver } from './readiness.ts';
import { whileRunning } from './supervision.ts';

// Ten times what two busy cores take.
const timeoutMs = 60_000;

const metadataForAll = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata' }],
};

interface Up {
  readonly keeper: Keeper;
  readonly layout: Layout;
  readonly credentials: Credentials;
  readonly url: string;
  readonly caPem: string;
  readonly api: ApiClient;
}

/**
 * One attempt to start everything under a fresh keeper. Throws ComponentFailure or ClusterError NOT_READY; the caller
 * ends the keeper.
 */
export async function bringUp(keeper: Keeper, paths: BinaryPaths, options: ControlPlaneOptions): Promise<ControlPlane> {
  const { folder } = keeper;
  const layout = await chooseLayout(folder, paths, options.address ?? '127.0.0.1');
  const [credentials] = await Promise.all([
    writeCredentials(folder, options.tokens ?? []),
    writeFile(auditPolicyPath(folder), JSON.stringify(metadataForAll)),
  ]);
  const auditLogPath = options.auditLog === true ? join(folder, 'audit.log') : undefined;
  const apiserverSpec = apiserver(layout, {
    credentials,
    extraArgs: options.extraApiserverArgs ?? [],
    ...(auditLogPath === undefined ? {} : { auditLogPath }),
  });

  await keeper.start(etcd(layout));
  await whileRunning(keeper, ['etcd'], etcdReady(layout.etcdPort, timeoutMs));
  const apiserverPid = await keeper.start(apiserverSpec);
  const caPem = await whileRunning(keeper, ['etcd', 'kube-apiserver'], issuerOfApiserver(folder, timeoutMs));
  const url = `https://${layout.address}:${layout.apiserverPort}`;
  const api = new ApiClient({ url, token: credentials.adminToken, caPem });
  const up: Up = { keeper, layout, credentials, url, caPem, api };
  await whileRunning(keeper, ['etcd', 'kube-apiserver'], apiserverAnswers(api, timeoutMs));
  const started = await startClients(up, options);
  await whileRunning(keeper, ['etcd', 'kube-apiserver', ...started], becomeUsable(up, started));

  const kubeconfig = kubeconfigOf({ url, token: credentials.adminToken, caPem }, 'admin');
  const kubeconfigPath = await writeKubeconfig(folder, 'kubeconfig', kubeconfig);
  const kubectlAccess = {
    kubectlPath: paths.pathOf('kubectl'),
    kubeconfigPath,
    cacheFolder: join(folder, 'kubectl-cache'),
  };
  return {
    kubeconfigPath,
    kubeconfig,
    url,
    adminToken: credentials.adminToken,
    caPem,
    folder,
    tokensFile: credentials.tokensFile,
    auditLogPath,
    kubectlPath: kubectlAccess.kubectlPath,
    apiserver: controlApiserver(keeper, apiserverSpec, apiserverPid, () => apiserverReady(api, timeoutMs)),
    kubectl: (args, input) => runKubectl(kubectlAccess, args, input),
    async stop() {
      api.close();
      await keeper.end();
    },
  };
}

async function chooseLayout(folder: string, paths: BinaryPaths, address: string): Promise<Layout> {
  const [etcdPort, etcdPeerPort, apiserverPort] = await pickPorts(3);
  if (etcdPort === undefined || etcdPeerPort === undefined || apiserverPort === undefined) {
    throw new ClusterError('NO_FREE_PORT', 'Three free ports are needed on 127.0.0.1.');
  }
  return { folder, address, paths, etcdPort, etcdPeerPort, apiserverPort };
}

/** Starts the API server's clients and returns their names. They wait for its readiness by themselves. */
async function startClients(up: Up, options: ControlPlaneOptions): Promise<readonly string[]> {
  const { keeper, layout, credentials } = up;
  const wanted = { controllerManager: true, scheduler: true, kwok: true, ...options.components };
  const kubeconfigFor = (name: string, token: string): Promise<string> =>
    writeKubeconfig(layout.folder, `${name}.kubeconfig`, kubeconfigOf({ url: up.url, token, caPem: up.caPem }, name));
  const specs = [];
  if (wanted.controllerManager) {
    const kubeconfig = await kubeconfigFor('kube-controller-manager', credentials.controllerManagerToken);
    specs.push(controllerManager(layout, kubeconfig, credentials));
  }
  if (wanted.scheduler) {
    specs.push(scheduler(layout, await kubeconfigFor('kube-scheduler', credentials.schedulerToken)));
  }
  if (wanted.kwok) {
    const stagesFile = join(layout.folder, 'kwok.yaml');
    await writeFile(stagesFile, kwokStages());
    specs.push(kwok(layout, await kubeconfigFor('kwok', credentials.kwokToken), stagesFile));
  }
  await Promise.all(specs.map((spec) => keeper.start(spec)));
  return specs.map((spec) => spec.name);
}

async function becomeUsable(up: Up, started: readonly string[]): Promise<void> {
  await apiserverReady(up.api, timeoutMs);
  const waits: Promise<void>[] = [];
  if (started.includes('kwok')) {
    waits.push(createNodes(up.api));
  }
  if (started.includes('kube-controller-manager')) {
    waits.push(defaultServiceAccount(up.api, timeoutMs));
  }
  await Promise.all(waits);
}

async function createNodes(api: ApiClient): Promise<void> {
  for (const node of pretendedNodes()) {
    const answer = await api.call('POST', '/api/v1/nodes', node);
    if (answer.status !== 201) {
      throw new ClusterError(
        'COMPONENT_FAILED',
        `The API server refused a pretended node with status ${answer.status}: ${answer.body}`,
      );
    }
  }
}

async function writeKubeconfig(folder: string, name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content, { mode: 0o600 });
  return path;
}
