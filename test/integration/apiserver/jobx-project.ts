import { agentJobs } from '../../../crds/types/agentjob.ts';
import type { KubeClient } from '../../../kube/client.ts';
import { createNamespace, testCluster, type TestNamespace } from '../../cluster/testing.ts';
import { agentJob } from '../../harness/agenttask/objects.ts';
import type { Running } from '../../harness/crash.ts';
import { playedRuns, type Runs } from '../agenttask/crash/runs.ts';
import { startTaskControllers } from '../agenttask/crash/world.ts';
import { callJobx, newApp, type App, type DocumentedCall, type Said } from './jobx.ts';
import { launchFacade, type FacadeProcess } from './process.ts';

interface Parts {
  readonly namespace: TestNamespace;
  readonly runs: Runs;
  readonly controllers: Running;
  readonly facade: FacadeProcess;
  readonly app: App;
}

/** Project 1 of the JOBX API, with the job `install`, an application that calls, and controllers with played runs. */
export class JobxProject {
  readonly namespace: string;
  readonly url: string;
  readonly app: App;
  readonly #parts: Parts;

  private constructor(parts: Parts) {
    this.#parts = parts;
    this.namespace = parts.namespace.name;
    this.url = parts.facade.url;
    this.app = parts.app;
  }

  /**
   * @param client of the test file, which closes it
   * @param failing hosts on which the job fails, looked at when it comes to them
   * @param before is run with the name of the namespace before the facade starts, and gives variables of it
   */
  static async open(
    client: KubeClient,
    failing: ReadonlySet<string>,
    before: (namespace: string) => Promise<Readonly<Record<string, string>>>,
  ): Promise<JobxProject> {
    const namespace = await createNamespace();
    const { name } = namespace;
    const app = await newApp(name, 'flow');
    const job = agentJob('install');
    await client.create(agentJobs, { ...job, metadata: { ...job.metadata, namespace: name } });
    const runs = playedRuns('', {
      shell: 'true',
      played: (host) =>
        failing.has(host) ? { lasts: 0.1, outcome: 'failed', hosts: { [host]: 'failed' } } : { lasts: 0.1 },
    });
    const controllers = await startTaskControllers(client, { namespace: name, runs, untroubled: client });
    const env = { FLEETWRIGHT_JOBX_PROJECTS: `1=${name}`, ...(await before(name)) };
    const facade = await launchFacade(testCluster().kubeconfigPath, name, env);
    return new JobxProject({ namespace, runs, controllers, facade, app });
  }

  /** @returns the body of the answer, JSON or a text */
  async call(documented: DocumentedCall, { path = {}, ...said }: Said = {}): Promise<unknown> {
    const filled = { ...said, path: { projectid: 1, ...path } };
    return (await callJobx(this.url, this.app.headers, documented, filled)).body;
  }

  async close(): Promise<void> {
    const { facade, controllers, runs, namespace } = this.#parts;
    await facade.stop();
    await controllers.stop();
    runs.close();
    await namespace.remove();
  }
}
