import { vi } from 'vitest';

import { agentJobs } from '../../../crds/types/agentjob.ts';
import { configMaps } from '../../../kube/builtin.ts';
import { createNamespace, testCluster, type TestNamespace } from '../../cluster/testing.ts';
import { agentJob } from '../../harness/agenttask/objects.ts';
import type { Running } from '../../harness/crash.ts';
import { playedRuns, type Runs } from '../agenttask/crash/runs.ts';
import { startTaskControllers } from '../agenttask/crash/world.ts';
import { clientForFile } from '../kube/cluster.ts';
import { callJobx, newApp, type App, type DocumentedCall, type Said } from './jobx.ts';
import { launchFacade, type FacadeProcess } from './process.ts';

export const patience = { timeout: 60_000 };

interface Parts {
  readonly namespace: TestNamespace;
  readonly runs: Runs;
  readonly controllers: Running;
  readonly facade: FacadeProcess;
  readonly app: App;
}

/** A batch as GET /subtask tells of it. */
type Subtask = Readonly<Record<string, unknown>>;

/**
 * Project 1 of the JOBX API on the hosts node1 to node20, with the job `install`, an application that calls, and
 * controllers whose runs are played.
 */
export class JobxProject {
  readonly namespace: string;
  readonly url: string;
  readonly app: App;
  /** On which the job fails at the moment. */
  readonly failing: Set<string>;
  /** On which the job goes on until it is stopped. */
  readonly endless: Set<string>;
  /** What was called so far. */
  readonly called = new Set<DocumentedCall>();
  readonly #parts: Parts;

  private constructor(parts: Parts, failing: Set<string>, endless: Set<string>) {
    this.#parts = parts;
    this.failing = failing;
    this.endless = endless;
    this.namespace = parts.namespace.name;
    this.url = parts.facade.url;
    this.app = parts.app;
  }

  /** @param before is run with the name of the namespace before the facade starts, and gives variables of it */
  static async open(
    before: (namespace: string) => Promise<Readonly<Record<string, string>>> = async () => ({}),
  ): Promise<JobxProject> {
    const client = clientForFile();
    const [failing, endless] = [new Set<string>(), new Set<string>()];
    const runs = playedRuns('', {
      shell: 'true',
      played: (host) => {
        if (endless.has(host)) return {};
        return failing.has(host) ? { lasts: 0.1, outcome: 'failed', hosts: { [host]: 'failed' } } : { lasts: 0.1 };
      },
    });
    const namespace = await createNamespace();
    const { name } = namespace;
    const app = await newApp(name, 'flow');
    const hosts = Array.from({ length: 20 }, (_, index) => `node${index + 1}`).join('\n');
    await client.create(configMaps, { metadata: { namespace: name, name: 'fleetwright-hosts' }, data: { hosts } });
    const job = agentJob('install');
    await client.create(agentJobs, { ...job, metadata: { ...job.metadata, namespace: name } });
    const controllers = await startTaskControllers(client, { namespace: name, runs, untroubled: client });
    const variables = { FLEETWRIGHT_JOBX_PROJECTS: `1=${name}`, ...(await before(name)) };
    const facade = await launchFacade(testCluster().kubeconfigPath, name, variables);
    return new JobxProject({ namespace, runs, controllers, facade, app }, failing, endless);
  }

  /** @returns the body of the answer, whose status is always 200 */
  async call(documented: DocumentedCall, { path = {}, ...said }: Said = {}): Promise<unknown> {
    this.called.add(documented);
    const filled = { ...said, path: { projectid: 1, ...path } };
    const { status, body } = await callJobx(this.url, this.app.headers, documented, filled);
    if (status !== 200) throw new Error(`${documented} was answered ${status}: ${JSON.stringify(body)}`);
    return body;
  }

  async subtasks(taskuuid: string): Promise<readonly Subtask[]> {
    const answer = await this.call('GET /subtask/:projectid/:taskuuid', { path: { taskuuid } });
    return (answer as { readonly data: readonly Subtask[] }).data;
  }

  /** Resolves when the task has this status. */
  async becomes(uuid: string, status: string): Promise<void> {
    await vi.waitFor(async () => {
      const task = await this.call('GET /task/:projectid/:uuid', { path: { uuid } });
      const { data } = task as { readonly data?: { readonly status?: string } };
      if (data?.status !== status) throw new Error(`the task is not ${status}: ${JSON.stringify(task)}`);
    }, patience);
  }

  /** Resolves when the first batch of the task has failed. */
  async waitsForConfirmation(taskuuid: string): Promise<void> {
    await vi.waitFor(async () => {
      const [first] = await this.subtasks(taskuuid);
      if (first?.['confirm'] !== 'WaitConfirm') throw new Error(`the batch does not wait: ${JSON.stringify(first)}`);
    }, patience);
  }

  async close(): Promise<void> {
    const { facade, controllers, runs, namespace } = this.#parts;
    await facade.stop();
    await controllers.stop();
    runs.close();
    await namespace.remove();
  }
}
