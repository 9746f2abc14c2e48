import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

import type { AgentTask } from '../../../crds/types/agenttask.ts';
import type { KubectlAccess } from '../../cluster/kubectl.ts';
import type { Assessor } from '../../gitops/assessor.ts';

interface Changed {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'ERROR';
  readonly object: AgentTask;
}

/** Every state that the tasks of a namespace were ever in, as a tool sees them that watches. */
export class Moments {
  readonly #assessor: Assessor;
  readonly #child: ChildProcessByStdio<null, Readable, null>;
  readonly #seen: Changed[] = [];

  constructor(access: KubectlAccess, namespace: string, assessor: Assessor) {
    this.#assessor = assessor;
    this.#child = spawn(
      access.kubectlPath,
      ['get', 'agenttasks', '--namespace', namespace, '--watch', '--output-watch-events', '--output=json'],
      {
        env: { ...process.env, KUBECONFIG: access.kubeconfigPath },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      const changed: Changed = JSON.parse(line);
      this.#seen.push(changed);
    });
  }

  /** What kstatus said of a task from its beginning on, each as often as it changed. */
  async of(name: string): Promise<readonly string[]> {
    const broken = this.#seen.find(({ type }) => type === 'ERROR');
    if (broken !== undefined) throw new Error(`the API server ended the watch: ${JSON.stringify(broken.object)}`);
    const objects = this.#seen.filter(({ object }) => object.metadata.name === name).map(({ object }) => object);
    const verdicts = await Promise.all(objects.map(async (object) => (await this.#assessor.kstatus(object)).status));
    return verdicts.filter((status, index) => status !== verdicts[index - 1]);
  }

  close(): void {
    this.#child.kill();
  }
}
