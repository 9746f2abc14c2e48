import { join } from 'node:path';
import { checkoutFolder } from '../cluster/checkout.ts';
import { mustKubectl } from '../cluster/kubectl.ts';
import { run } from '../images/run.ts';
import { keySecret } from './names.ts';
import { listOf, parsePods } from './objects.ts';
import type { PodView } from './objects.ts';
import type { E2eCluster } from './provided.ts';

const instance = 'app.kubernetes.io/instance=fleetwright';
const everyNamespaceHas = new Set(['configmap/kube-root-ca.crt', 'serviceaccount/default']);
const volumeName = 'fleetwright-e2e-history';

/** Events tell of the past, and are kept for an hour. */
function lasting(kinds: readonly string[]): string {
  return kinds.filter((kind) => !kind.startsWith('events')).join(',');
}

/** The cluster under test as the tests handle it: by kubectl and helm, like its owner. */
export class Site {
  readonly e2e: E2eCluster;
  readonly chart = join(checkoutFolder, 'charts', 'fleetwright');
  /** Address and port of the facade's Service. */
  serviceAddress = '';

  constructor(e2e: E2eCluster) {
    this.e2e = e2e;
  }

  /** Runs kubectl and returns its output. Throws ClusterError KUBECTL_FAILED with its words. */
  kubectl(args: readonly string[], input?: string): Promise<string> {
    return mustKubectl(this.e2e, args, input === undefined ? {} : { input });
  }

  /** Runs helm with settings of its own, not the user's. Throws ClusterError IMAGE_FAILED with its words. */
  helm(args: readonly string[]): Promise<string> {
    const home = join(this.e2e.kubeconfigPath, '..', 'helm');
    const folders = {
      HELM_CONFIG_HOME: join(home, 'config'),
      HELM_CACHE_HOME: join(home, 'cache'),
      HELM_DATA_HOME: join(home, 'data'),
    };
    return run(this.e2e.helmPath, args, { env: { ...process.env, ...folders, KUBECONFIG: this.e2e.kubeconfigPath } });
  }

  async apply(objects: readonly object[]): Promise<void> {
    await this.kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], listOf(objects));
  }

  /** Namespaces in which only pods that Pod Security calls restricted may run. */
  async makeNamespaces(names: readonly string[]): Promise<void> {
    const labels = {
      'pod-security.kubernetes.io/enforce': 'restricted',
      'pod-security.kubernetes.io/enforce-version': 'latest',
    };
    await this.apply(names.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } })));
  }

  async removeNamespaces(names: readonly string[]): Promise<void> {
    await this.kubectl(['delete', 'namespace', '--ignore-not-found', ...names]);
    await this.kubectl(['delete', 'persistentvolume', '--ignore-not-found', volumeName]);
  }

  /** A volume for the history, which is a folder of the first node: nobody provisions one on the local nodes. */
  historyVolume(folder: string): object {
    const [node] = this.e2e.nodes;
    const onNode = { key: 'kubernetes.io/hostname', operator: 'In', values: [node] };
    return {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: volumeName },
      spec: {
        capacity: { storage: '8Gi' },
        accessModes: ['ReadWriteOnce'],
        persistentVolumeReclaimPolicy: 'Retain',
        local: { path: folder },
        nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [onNode] }] } },
      },
    };
  }

  /** The chart's values for this cluster; tasks that are made by REST go to the namespace. */
  values(taskNamespace: string): readonly string[] {
    const { fleetwright, runner } = this.e2e.images;
    const values = {
      'image.repository': fleetwright.repository,
      'image.tag': fleetwright.tag,
      'runnerImage.repository': runner.repository,
      'runnerImage.tag': runner.tag,
      'crds.keep': 'false',
      'history.persistence.keep': 'false',
      'facade.dispatch.namespace': taskNamespace,
      'facade.dispatch.credentialsSecret': keySecret,
    };
    return Object.entries(values).map(([name, value]) =>
      /^(true|false)$/.test(value) ? `--set=${name}=${value}` : `--set-string=${name}=${value}`,
    );
  }

  async pods(namespace: string): Promise<readonly PodView[]> {
    return parsePods(await this.kubectl(['get', 'pods', '--namespace', namespace, '-o', 'json']));
  }

  /** The pod of the controllers that leads, by its own metrics; undefined while none does. */
  async leader(namespace: string): Promise<string | undefined> {
    for (const pod of await this.pods(namespace)) {
      if (pod.component !== 'controllers' || !pod.ready) continue;
      const metrics = await this.kubectl([
        'get',
        '--raw',
        `/api/v1/namespaces/${namespace}/pods/${pod.name}:8081/proxy/metrics`,
      ]);
      if (/^leader_election_master_status\{[^}]*\} 1$/m.test(metrics)) return pod.name;
    }
    return undefined;
  }

  /** Waits until the pods of the installation are gone, which Kubernetes sees to after helm has ended. */
  async podsGone(namespace: string): Promise<void> {
    await this.kubectl([
      'wait',
      '--namespace',
      namespace,
      '--for=delete',
      '--timeout=120s',
      'pod',
      '--selector',
      instance,
    ]);
  }

  /**
   * What an installation left: objects with its labels anywhere, its kinds, and all that is in its namespace and was
   * not there before.
   */
  async remains(namespace: string): Promise<readonly string[]> {
    const kinds = (await this.kubectl(['api-resources', '--verbs=list', '-o', 'name'])).trim().split('\n');
    const namespaced = (await this.kubectl(['api-resources', '--verbs=list', '--namespaced', '-o', 'name']))
      .trim()
      .split('\n');
    const [labelled, definitions, inside] = await Promise.all([
      this.kubectl(['get', lasting(kinds), '--all-namespaces', '--selector', instance, '-o', 'name']),
      this.kubectl(['get', 'crd', '-o', 'name']),
      this.kubectl(['get', lasting(namespaced), '--namespace', namespace, '-o', 'name']),
    ]);
    const ours = definitions.split('\n').filter((name) => name.includes('fleetwright.io'));
    const left = [...labelled.split('\n'), ...ours, ...inside.split('\n')].filter(
      (name) => name !== '' && !everyNamespaceHas.has(name),
    );
    return [...new Set(left)].toSorted();
  }
}
