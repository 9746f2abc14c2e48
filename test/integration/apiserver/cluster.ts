import { afterAll, beforeAll } from 'vitest';

import { agentTasks, type AgentTask, type AgentTaskStatus } from '../../../crds/types/agenttask.ts';
import { KubeClient } from '../../../kube/client.ts';
import { Credentials, loadKubeConfig } from '../../../kube/credentials.ts';
import { Transport } from '../../../kube/transport.ts';
import { createNamespace, testCluster, type TestNamespace } from '../../cluster/testing.ts';
import { startFacade, type FacadeProcess } from './process.ts';

/** A namespace, a client and, by default, a running facade for all tests of a file. */
export interface Site {
  readonly namespace: string;
  readonly client: KubeClient;
  readonly facade: FacadeProcess;
  readonly kubeconfigPath: string;
  tasks(this: void): Promise<readonly AgentTask[]>;
  /** Writes a status as a controller does. */
  setStatus(this: void, name: string, status: AgentTaskStatus): Promise<void>;
}

/**
 * Call it at the top of a file, and the result within its tests.
 * @param before starts what the facade needs; what it returns is set for the facade as well
 */
export function siteForFile(
  env: Readonly<Record<string, string>> = {},
  before: (namespace: string) => Promise<Readonly<Record<string, string>>> = async () => ({}),
): () => Site {
  let site: Site | undefined;
  let namespace: TestNamespace | undefined;
  let transport: Transport | undefined;
  beforeAll(async () => {
    const { kubeconfigPath } = testCluster();
    namespace = await createNamespace();
    const { name } = namespace;
    transport = new Transport(new Credentials(() => loadKubeConfig(kubeconfigPath)));
    const client = new KubeClient(transport, { fieldManager: 'test' });
    const facade = await startFacade(kubeconfigPath, name, { ...env, ...(await before(name)) });
    const tasks = async (): Promise<readonly AgentTask[]> => (await client.list(agentTasks, { namespace: name })).items;
    site = {
      namespace: name,
      client,
      facade,
      kubeconfigPath,
      tasks,
      setStatus: (task, status) => setStatus(client, name, task, status),
    };
  });
  afterAll(async () => {
    await site?.facade.stop();
    await transport?.close();
    await namespace?.remove();
  });
  return () => {
    if (site === undefined) throw new Error('the site is made in beforeAll: ask for it within a test');
    return site;
  };
}

async function setStatus(client: KubeClient, namespace: string, name: string, status: AgentTaskStatus): Promise<void> {
  await client.mergePatch(agentTasks, { namespace, name }, { status }, { subresource: 'status' });
}
