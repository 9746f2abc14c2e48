import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { pluginsFolder } from './available.ts';

export interface NodeFiles {
  /** The node's folder on this machine; the node sees it as /mnt. */
  readonly folder: string;
  readonly cgroup: string;
  readonly address: string;
  readonly podNetwork: string;
  readonly allPods: string;
  readonly kubeletKubeconfig: string;
  readonly proxyKubeconfig: string;
  /** Certificate of the API server as kubelet's client. */
  readonly clientCaPem: string;
  readonly pauseImage: string;
}

/** The path of containerd's socket as this machine sees it. */
export function containerdSocket(folder: string): string {
  return join(folder, 'containerd.sock');
}

/** Writes the configuration of all programs of a node. */
export async function writeNodeFiles(node: NodeFiles): Promise<void> {
  await mkdir(join(node.folder, 'cni'), { recursive: true, mode: 0o700 });
  const save = (name: string, content: string): Promise<void> =>
    writeFile(join(node.folder, name), content, { mode: 0o600 });
  await Promise.all([
    save('containerd.toml', containerd(node)),
    save('cni/10-pods.conflist', JSON.stringify(podCables(node))),
    save('kubelet.yaml', stringify(kubelet(node))),
    save('kubelet.kubeconfig', node.kubeletKubeconfig),
    save('kubelet-clients.crt', node.clientCaPem),
    save('kube-proxy.yaml', stringify(kubeProxy(node))),
    save('kube-proxy.kubeconfig', node.proxyKubeconfig),
  ]);
}

function containerd(node: NodeFiles): string {
  return `version = 2

[grpc]
  address = "/mnt/containerd.sock"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${node.pauseImage}"
  # A machine without CAP_SYS_RESOURCE, such as a container, may not give a process a better chance than it has itself.
  restrict_oom_score_adj = true

[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "${pluginsFolder}"
  conf_dir = "/mnt/cni"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  SystemdCgroup = false
`;
}

function podCables(node: NodeFiles): object {
  return {
    cniVersion: '0.4.0',
    name: 'pods',
    plugins: [
      {
        type: 'bridge',
        bridge: 'pods',
        isGateway: true,
        hairpinMode: true,
        ipam: {
          type: 'host-local',
          ranges: [[{ subnet: node.podNetwork }]],
          routes: [{ dst: '0.0.0.0/0' }],
          dataDir: '/run/pod-addresses',
        },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
}

function kubelet(node: NodeFiles): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: node.address,
    containerRuntimeEndpoint: 'unix:///mnt/containerd.sock',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: '/mnt/kubelet-clients.crt' },
    },
    authorization: { mode: 'Webhook' },
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${node.cgroup}`,
    failCgroupV1: false,
    failSwapOn: false,
    oomScoreAdj: 0,
    // There is no DNS, and the machine's own resolver cannot be reached from the pods' network.
    resolvConf: '',
    // The images were imported: once deleted for want of space they would not come back.
    imageGCHighThresholdPercent: 100,
    evictionHard: {
      'memory.available': '100Mi',
      'nodefs.available': '1%',
      'imagefs.available': '1%',
      'nodefs.inodesFree': '1%',
    },
  };
}

function kubeProxy(node: NodeFiles): object {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    clientConnection: { kubeconfig: '/mnt/kube-proxy.kubeconfig' },
    mode: 'iptables',
    clusterCIDR: node.allPods,
    // The table's size belongs to the machine and cannot be set from a namespace.
    conntrack: { maxPerCore: 0, min: 0 },
    oomScoreAdj: 0,
  };
}
