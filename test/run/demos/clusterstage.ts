import { join } from 'node:path';

import type { ApiMode } from '../../../apiserver/api.ts';
import { secureKeyKind } from '../../../apiserver/auth/secure-key.ts';
import { stageCallers } from '../../../apiserver/stage/callers.ts';
import { mustKubectl } from '../../cluster/kubectl.ts';
import { curlLine } from '../curl.ts';
import type { Demo } from '../demo.ts';
import { apply, giveCredential } from '../site.ts';

const examples = join(import.meta.dirname, '..', '..', '..', 'examples');
const upgrade = join(examples, 'clusterstage-upgrade.yaml');

/** Pods that have to stay, with a budget, on the pretended nodes of a control plane of our own. */
const shop = { namespace: 'default', name: 'shop' };
const selector = { matchLabels: { app: 'shop' } };
const workload = [
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: shop,
    spec: {
      replicas: 4,
      selector,
      template: {
        metadata: { labels: selector.matchLabels },
        spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image: 'none' }] },
      },
    },
  },
  { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: shop, spec: { selector, maxUnavailable: 1 } },
];

/** The four calls of the stage API, in either of its ways. */
function callsOf(facadeUrl: string, mode: ApiMode, key: string): (path: string, argument: object) => string {
  return (path, argument) =>
    mode === 'original'
      ? curlLine(`${facadeUrl}/api/cluster/stage/${path}`, argument, { Authorization: `Bearer ${key}` })
      : curlLine(`${facadeUrl}/cluster/stage/${path}`, { 'secure-key': key, argument });
}

/** A node goes out of service within the budgets of its pods; by REST it comes back. */
export const clusterStageDemo: Demo = {
  async open({ cluster, settings: { stageMode }, facadeUrl, say }) {
    const credential = secureKeyKind.make();
    const caller = { name: 'make-run-stage', callers: stageCallers, credential, taskNamespaces: [] };
    const given = await giveCredential(cluster, caller);
    const line = callsOf(facadeUrl, stageMode, credential.secret);
    const facade = ['--stage-mode', stageMode];
    const lines = [
      '# the stage of the whole cluster, the stages that can be set, and the cluster at a glance',
      line('get', { Scope: 'cluster' }),
      line('list', { Scope: 'cluster' }),
      line('info', {}),
    ];
    // Nodes of a cluster of the user's own stay where they are.
    if (cluster.given) return { facade, lines, close: given.remove };
    return {
      facade,
      async show() {
        await apply(cluster, workload);
        const patience = '--timeout=120s';
        await mustKubectl(cluster, ['wait', '--for=condition=Available', 'deployment/shop', patience]);
        say();
        say('kubectl apply -f examples/clusterstage.yaml     # node-a goes out of service for a new disk');
        await mustKubectl(cluster, ['apply', '-f', join(examples, 'clusterstage.yaml')]);
        await mustKubectl(cluster, ['wait', '--for=condition=Ready', 'clusterstage/node-a', patience]);
        for (const kind of ['clusterstages', 'nodes']) say((await mustKubectl(cluster, ['get', kind])).trimEnd());
      },
      lines: [
        '# node-a goes back into service, by REST; it is as it was before',
        line('set', { Stage: 'running', Scope: 'node', Node: 'node-a' }),
        '# the stage of a node, with its progress while something is under way',
        line('get', { Scope: 'node', Node: 'node-a' }),
        ...lines,
        '# all nodes are upgraded by a task, one node at a time; watch it with: kubectl get clusterstages -w',
        `${cluster.kubectlPath} apply -f ${upgrade}`,
      ],
      close: given.remove,
    };
  },
};
