import { join } from 'node:path';

import { mustKubectl } from '../../cluster/kubectl.ts';
import type { Demo } from '../demo.ts';

const example = join(import.meta.dirname, '..', '..', '..', 'examples', 'agenttask-localhost.yaml');
const content = join(import.meta.dirname, '..', 'content');

/** A task by kubectl, to its end. */
export const agentTaskDemo: Demo = {
  async open({ cluster, say }) {
    return {
      controllers: ['--content-path', content],
      async show() {
        say();
        say('kubectl apply -f examples/agenttask-localhost.yaml');
        await mustKubectl(cluster, ['apply', '-f', example]);
        const ended = ['--for=condition=Reconciling=false', '--timeout=120s'];
        await mustKubectl(cluster, ['wait', 'agenttask/hello-localhost', ...ended]);
        say((await mustKubectl(cluster, ['get', 'agenttask', 'hello-localhost'])).trimEnd());
        const hosts = 'jsonpath={range .status.hosts[*]}  {.name}: {.result}{"\\n"}{end}';
        say((await mustKubectl(cluster, ['get', 'agenttask', 'hello-localhost', '-o', hosts])).trimEnd());
      },
      lines: ['# kubectl', `export KUBECONFIG=${cluster.kubeconfigPath}`, `${cluster.kubectlPath} get fleetwright -A`],
    };
  },
};
