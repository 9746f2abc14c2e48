import { join } from 'node:path';

export type BinaryName =
  | 'etcd'
  | 'helm'
  | 'helm-unittest'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-proxy'
  | 'kube-scheduler'
  | 'kubectl'
  | 'kubelet'
  | 'kwok'
  | 'promtool'
  | 'syft';

export interface Binary {
  readonly name: BinaryName;
  readonly version: string;
  /** Folder of the Go tools module (go.mod, go.sum) that pins the source. */
  readonly module: string;
  readonly package: string;
  readonly ldflags: string;
  /** Of the build, such as those that leave something out. */
  readonly tags?: string;
  /** Minutes that a build takes on two idle cores with nothing cached, for the progress line. */
  readonly minutes: number;
}

export const kubernetesVersion = '1.36.3';
const etcdVersion = '3.6.8';
const syftVersion = '1.44.0';
const kwokVersion = '0.8.0';
const helmVersion = '4.3.1';
const helmUnittestVersion = '1.1.2';
/** Of its Go module; as a program it is 3.16.0. */
const prometheusVersion = '0.316.0';

const strip = '-s -w';
const [major, minor] = kubernetesVersion.split('.');
// Without these the components report v0.0.0, and kubectl and clients take the server for an ancient one.
const kubernetesLdflags = [
  strip,
  `-X k8s.io/component-base/version.gitVersion=v${kubernetesVersion}`,
  `-X k8s.io/component-base/version.gitMajor=${major}`,
  `-X k8s.io/component-base/version.gitMinor=${minor}`,
].join(' ');

function kubernetes(name: BinaryName, minutes: number): Binary {
  return {
    name,
    version: kubernetesVersion,
    module: join(import.meta.dirname, 'kubernetes'),
    package: `k8s.io/kubernetes/cmd/${name}`,
    ldflags: kubernetesLdflags,
    minutes,
  };
}

/**
 * Every program of the local control plane and of its nodes, in the order in which a cold machine should build them.
 */
export const binaries: Readonly<Record<BinaryName, Binary>> = {
  etcd: {
    name: 'etcd',
    version: etcdVersion,
    module: join(import.meta.dirname, 'etcd'),
    package: 'go.etcd.io/etcd/server/v3',
    ldflags: strip,
    minutes: 1,
  },
  'kube-apiserver': kubernetes('kube-apiserver', 4),
  'kube-controller-manager': kubernetes('kube-controller-manager', 1),
  'kube-scheduler': kubernetes('kube-scheduler', 0.5),
  kubectl: kubernetes('kubectl', 0.5),
  kubelet: kubernetes('kubelet', 2),
  'kube-proxy': kubernetes('kube-proxy', 0.5),
  kwok: {
    name: 'kwok',
    version: kwokVersion,
    module: join(import.meta.dirname, 'kwok'),
    package: 'sigs.k8s.io/kwok/cmd/kwok',
    ldflags: strip,
    minutes: 2,
  },
  // Part of no control plane: built when a test of the chart asks for it.
  helm: {
    name: 'helm',
    version: helmVersion,
    module: join(import.meta.dirname, 'helm'),
    package: 'helm.sh/helm/v4/cmd/helm',
    ldflags: `${strip} -X helm.sh/helm/v4/internal/version.version=v${helmVersion}`,
    minutes: 3,
  },
  // Runs the suites in the chart; a program of its own, which renders by a Helm that it brings.
  'helm-unittest': {
    name: 'helm-unittest',
    version: helmUnittestVersion,
    module: join(import.meta.dirname, 'helm-unittest'),
    package: 'github.com/helm-unittest/helm-unittest/cmd/helm-unittest',
    ldflags: strip,
    minutes: 3,
  },
  // Checks the alerts in the chart, and tells when they fire. Without the ways in which Prometheus finds what it
  // scrapes.
  promtool: {
    name: 'promtool',
    version: prometheusVersion,
    module: join(import.meta.dirname, 'promtool'),
    package: 'github.com/prometheus/prometheus/cmd/promtool',
    ldflags: strip,
    tags: 'remove_all_sd',
    minutes: 3,
  },
  // Lists what is in the images.
  syft: {
    name: 'syft',
    version: syftVersion,
    module: join(import.meta.dirname, 'syft'),
    package: 'github.com/anchore/syft/cmd/syft',
    ldflags: `${strip} -X main.version=${syftVersion}`,
    minutes: 4,
  },
};

/** The programs that setup-envtest brings. */
export const envtestNames: readonly BinaryName[] = ['etcd', 'kube-apiserver', 'kubectl'];
