import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { vi } from 'vitest';

import { setUpAnsible } from '../../../controllers/agenttask/runner/setup.ts';
import { historyFinalizer } from '../../../crds/labels.ts';
import { agentTasks, type AgentTask } from '../../../crds/types/agenttask.ts';
import { KubeClient } from '../../../kube/client.ts';
import { Credentials, loadKubeConfig } from '../../../kube/credentials.ts';
import { NotFoundError } from '../../../kube/errors.ts';
import { deleteIfThere } from '../../../kube/ifthere.ts';
import { Transport } from '../../../kube/transport.ts';
import { createNamespace, testCluster, type TestNamespace } from '../../cluster/testing.ts';
import { startFacade, type FacadeProcess } from '../apiserver/process.ts';
import { Program } from './program.ts';

export interface StackOptions {
  /** How the dispatch API answers; documented by default. */
  readonly mode?: 'documented' | 'original';
  /** Variables of the facade beyond those. */
  readonly facade?: Readonly<Record<string, string>>;
  /** Variables of the controllers. */
  readonly controllers?: Readonly<Record<string, string>>;
}

interface Parts {
  readonly namespace: TestNamespace;
  readonly folder: string;
  readonly transport: Transport;
  readonly facade: FacadeProcess;
  readonly controllers: Program;
  readonly recorder: Program;
}

/**
 * Everything that `make run` starts, in one namespace of the tests' cluster: facade, controllers, recorder, history.
 */
export class Stack {
  readonly namespace: string;
  readonly facade: FacadeProcess;
  readonly controllers: Program;
  readonly recorder: Program;
  /** Of the test itself, as the administrator. */
  readonly client: KubeClient;
  /** The history's SQLite file. */
  readonly historyFile: string;
  /** Where runs keep their files. */
  readonly stateFolder: string;
  readonly #parts: Parts;

  private constructor(parts: Parts) {
    this.#parts = parts;
    this.namespace = parts.namespace.name;
    this.facade = parts.facade;
    this.controllers = parts.controllers;
    this.recorder = parts.recorder;
    this.client = new KubeClient(parts.transport, { fieldManager: 'test' });
    this.historyFile = historyFileIn(parts.folder);
    this.stateFolder = stateFolderIn(parts.folder);
  }

  /** Resolves when all of them are ready for work. */
  static async open({
    mode = 'documented',
    facade: facadeEnv = {},
    controllers: controllersEnv = {},
  }: StackOptions = {}): Promise<Stack> {
    await setUpAnsible((line) => console.log(line));
    const { kubeconfigPath } = testCluster();
    const namespace = await createNamespace();
    const folder = await mkdtemp(join(tmpdir(), 'fleetwright-stack-'));
    const common = {
      KUBECONFIG: kubeconfigPath,
      FLEETWRIGHT_NAMESPACE: namespace.name,
      FLEETWRIGHT_HISTORY_FILE: historyFileIn(folder),
    };
    const watching = { ...common, FLEETWRIGHT_WATCH_NAMESPACE: namespace.name, FLEETWRIGHT_HEALTH_PORT: '0' };
    const recorder = new Program('the recorder', 'history/main.ts', watching);
    const controllers = new Program('the controllers', 'controllers/main.ts', {
      ...watching,
      FLEETWRIGHT_STATE_FOLDER: stateFolderIn(folder),
      ...controllersEnv,
    });
    await recorder.line(/"starting"/);
    const facade = await startFacade(kubeconfigPath, namespace.name, {
      ...common,
      FLEETWRIGHT_DISPATCH_MODE: mode,
      ...facadeEnv,
    });
    const transport = new Transport(new Credentials(() => loadKubeConfig(kubeconfigPath)));
    return new Stack({ namespace, folder, transport, facade, controllers, recorder });
  }

  async tasks(): Promise<readonly AgentTask[]> {
    return (await this.client.list(agentTasks, { namespace: this.namespace })).items;
  }

  /** Ends the runs, the programs and the namespace. */
  async close(): Promise<void> {
    const { namespace, folder, transport, facade, controllers, recorder } = this.#parts;
    try {
      // While the controllers live: they end the runs of tasks that are deleted.
      for (const task of await this.tasks()) await deleteIfThere(this.client, agentTasks, task);
      await vi.waitFor(async () => this.#onlyHistoryHolds(), { timeout: 60_000, interval: 200 });
    } finally {
      await Promise.all([facade.stop(), controllers.stop(), recorder.stop()]);
      // The recorder keeps the name of a young task known through its object; here nobody asks any more.
      for (const { metadata } of await this.tasks()) await this.#letGo(metadata.name);
      await transport.close();
      await namespace.remove();
      await rm(folder, { recursive: true, force: true });
    }
  }

  async #onlyHistoryHolds(): Promise<void> {
    const held = (await this.tasks()).filter(({ metadata }) =>
      metadata.finalizers?.some((finalizer) => finalizer !== historyFinalizer),
    );
    if (held.length > 0)
      throw new Error(
        'still held by the controllers: ' +
          held.map(({ metadata }) => `${metadata.name} (${metadata.finalizers?.join(', ')})`).join('; '),
      );
  }

  async #letGo(name: string): Promise<void> {
    try {
      await this.client.mergePatch(agentTasks, { namespace: this.namespace, name }, { metadata: { finalizers: null } });
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
    }
  }
}

function historyFileIn(folder: string): string {
  return join(folder, 'history.sqlite');
}

function stateFolderIn(folder: string): string {
  return join(folder, 'runs');
}
