import { randomUUID } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { vi } from 'vitest';

import { newToken } from '../../apiserver/auth/digest.ts';
import { callerManifests, callerAccess } from '../callers.ts';
import { mustKubectl } from '../cluster/kubectl.ts';
import { startControlPlane, type ControlPlane } from '../cluster/control-plane.ts';
import { launchFacade, type FacadeProcess } from '../integration/apiserver/process.ts';
import { Program } from '../integration/stack/program.ts';
import { accountOf, type Account } from './accounts.ts';
import { chartFolder, type Helm, type Rendered, type Values } from './helm.ts';
import { PlayedRuns } from './played-runs.ts';
import { containersOf, pick } from './rendered.ts';

export const system = 'fleetwright-system';

export interface Accounts {
  readonly controllers: Account;
  readonly facade: Account;
  readonly recorder: Account;
}

interface Parts {
  readonly helm: Helm;
  readonly values: Values;
  readonly tasks: string;
  readonly project: string;
  readonly plane: ControlPlane;
  readonly accounts: Accounts;
  /** Where its programs keep their files. */
  readonly folder: string;
}

/** A control plane whose audit log tells of every call, and which guards owner references, as some clusters do. */
export async function startAudited(): Promise<ControlPlane> {
  return startControlPlane({
    auditLog: true,
    components: { scheduler: false, kwok: false },
    extraApiserverArgs: ['--enable-admission-plugins=OwnerReferencesPermissionEnforcement'],
  });
}

/**
 * The chart in a cluster where nothing else of ours is, and the programs of the chart's pods outside of them, each with
 * a token of the service account that its pod would have: what they may do is what the chart says.
 */
export class Installed {
  readonly plane: ControlPlane;
  readonly accounts: Accounts;
  /** Namespace of the tasks of the dispatch API. */
  readonly tasks: string;
  /** The Authorization header of orion. */
  readonly orion = `Bearer ${newToken()}`;
  readonly #parts: Parts;
  readonly #programs: Program[] = [];
  #recorder: Program | undefined;
  #jobs: PlayedRuns | undefined;
  #facade: FacadeProcess | undefined;

  private constructor(parts: Parts) {
    this.#parts = parts;
    this.plane = parts.plane;
    this.accounts = parts.accounts;
    this.tasks = parts.tasks;
  }

  /**
   * @param tasks namespace of the tasks of the dispatch API; it is made
   * @param project that of project 1 of the JOBX API; it is made too
   */
  static async open(
    plane: ControlPlane,
    helm: Helm,
    values: Values,
    { tasks, project }: { readonly tasks: string; readonly project: string },
  ): Promise<Installed> {
    for (const namespace of new Set([tasks, project]))
      if (namespace !== 'default') await mustKubectl(plane, ['create', 'namespace', namespace]);
    await helm.must(
      ['install', chartFolder, '--create-namespace', '--wait=hookOnly', '--values', await helm.valuesFile(values)],
      release(plane),
    );
    await mustKubectl(plane, ['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
    await ownersAreKnown(plane, tasks);
    const accounts = {
      controllers: await accountOf(plane, system, 'fleetwright-controllers'),
      facade: await accountOf(plane, system, 'fleetwright-facade'),
      recorder: await accountOf(plane, system, 'fleetwright-facade'),
    };
    const folder = await mkdtemp(join(plane.folder, 'installed-'));
    return new Installed({ helm, values, tasks, project, plane, accounts, folder });
  }

  get facade(): FacadeProcess {
    if (this.#facade === undefined) throw new Error('start() starts the facade');
    return this.#facade;
  }

  /** The pods of tasks that run as Jobs. */
  get jobs(): PlayedRuns {
    if (this.#jobs === undefined) throw new Error('start() makes a node for them');
    return this.#jobs;
  }

  /** Everything that all programs wrote so far. */
  get log(): string {
    return [...this.#programs.map(({ log }) => log), this.#facade?.log() ?? ''].join('\n');
  }

  async kubectl(args: readonly string[], input = ''): Promise<string> {
    return (await mustKubectl(this.plane, args, { input })).trim();
  }

  async apply(objects: readonly object[]): Promise<void> {
    await this.kubectl(
      ['apply', '--server-side', '-f', '-'],
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
    );
  }

  /** The roles of the release, or of its hooks. */
  async roles(ofHooks = false): Promise<readonly Rendered[]> {
    return (await this.objects()).filter(
      ({ kind, metadata }) => ['Role', 'ClusterRole'].includes(kind) && isHook(metadata) === ofHooks,
    );
  }

  async objects(): Promise<readonly Rendered[]> {
    return this.#parts.helm.template(this.#parts.values, [], { name: 'fleetwright', namespace: system });
  }

  /**
   * Starts all three, and makes two callers: `orion` with a credential and a group, and the service account `pipeline`.
   */
  async start(): Promise<void> {
    this.#jobs = await PlayedRuns.open(this.plane, this.tasks);
    await this.startRecorder();
    const controllers = this.#program('the controllers', 'controllers/main.ts', this.accounts.controllers, {
      ...(await this.#runSettings()),
      FLEETWRIGHT_ZONE_PROBE_SECONDS: '1',
      FLEETWRIGHT_STATE_FOLDER: join(this.#parts.folder, 'runs'),
    });
    await controllers.line(/"leading"/);
    const [, token = ''] = this.orion.split(' ');
    await this.apply(
      callerManifests({
        name: 'orion',
        token,
        user: 'fleetwright:orion',
        groups: ['night-shift'],
        namespace: system,
        taskNamespaces: [this.tasks],
      }),
    );
    const pipeline = {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'pipeline', namespace: this.tasks },
    };
    await this.apply([
      pipeline,
      ...callerAccess({ name: 'pipeline', user: `system:serviceaccount:${this.tasks}:pipeline` }, this.tasks),
    ]);
    this.#facade = await launchFacade(this.accounts.facade.kubeconfigPath, system, {
      ...this.#historyFile,
      FLEETWRIGHT_DISPATCH_NAMESPACE: this.tasks,
      FLEETWRIGHT_KVOL_NAMESPACE: this.tasks,
      FLEETWRIGHT_SES_NAMESPACE: this.tasks,
      FLEETWRIGHT_JOBX_PROJECTS: `1=${this.#parts.project}`,
    });
  }

  /** @returns it, ready for work */
  async startRecorder(): Promise<Program> {
    const recorder = this.#program('the recorder', 'history/main.ts', this.accounts.recorder, this.#historyFile);
    this.#recorder = recorder;
    await recorder.line(/"leading"/);
    return recorder;
  }

  async stopRecorder(): Promise<void> {
    await this.#recorder?.stop();
  }

  /** The Authorization header of the service account `pipeline`. */
  async pipeline(): Promise<string> {
    return `Bearer ${await this.kubectl(['create', 'token', 'pipeline', '-n', this.tasks])}`;
  }

  /** Waits until the task is in this phase. */
  async phase(phase: string, name: string): Promise<void> {
    await vi.waitFor(
      async () => {
        const found = await this.kubectl([
          'get',
          'agenttask',
          name,
          '-n',
          this.tasks,
          '-o',
          'jsonpath={.status.phase}: {.status.conditions[?(@.type=="Ready")].message}',
        ]);
        if (!found.startsWith(`${phase}:`)) throw new Error(`the task ${name} is ${found}, not ${phase}`);
      },
      { timeout: 120_000, interval: 500 },
    );
  }

  async stopPrograms(): Promise<readonly string[]> {
    const ended = await Promise.all(this.#programs.map(async (program) => program.stop()));
    await this.#facade?.stop();
    return ended;
  }

  /** Ends the programs. */
  async close(): Promise<void> {
    await this.stopPrograms();
    await this.#jobs?.close();
  }

  /** How tasks run, as the chart tells the controllers in their pod. */
  async #runSettings(): Promise<Readonly<Record<string, string>>> {
    const objects = await this.objects();
    const env = containersOf(pick(objects, 'Deployment', 'fleetwright-controllers')).flatMap(
      (container) => container.env,
    );
    const settings = Object.fromEntries(
      env.flatMap(({ name, value }) =>
        /^FLEETWRIGHT_(EXECUTORS|JOB_|MAX_)/.test(name) && value !== undefined ? [[name, value]] : [],
      ),
    );
    if (settings['FLEETWRIGHT_JOB_TEMPLATE'] === undefined) return settings;
    const template = join(this.#parts.folder, 'job-template.yaml');
    const { data } = pick(objects, 'ConfigMap', 'fleetwright-job-template');
    await writeFile(template, (data as Readonly<Record<string, string>>)['template.yaml'] ?? '');
    return { ...settings, FLEETWRIGHT_JOB_TEMPLATE: template };
  }

  get #historyFile(): Readonly<Record<string, string>> {
    return { FLEETWRIGHT_HISTORY_FILE: join(this.#parts.folder, 'history.sqlite') };
  }

  #program(name: string, file: string, account: Account, env: Readonly<Record<string, string>>): Program {
    const watched = this.#parts.values['watchNamespace'];
    const program = new Program(name, file, {
      KUBECONFIG: account.kubeconfigPath,
      FLEETWRIGHT_NAMESPACE: system,
      FLEETWRIGHT_HEALTH_PORT: '0',
      ...(typeof watched === 'string' ? { FLEETWRIGHT_WATCH_NAMESPACE: watched } : {}),
      ...env,
    });
    this.#programs.push(program);
    return program;
  }
}

/**
 * Waits until an object may have one of ours as its owner. Where owner references are guarded the API server looks up
 * the kind of the owner in a list that it makes anew every ten seconds: one that it made while the definitions came
 * lacks some of them, and until the next one whoever may not do everything is refused.
 */
async function ownersAreKnown(plane: ControlPlane, namespace: string): Promise<void> {
  // With a token of its own, so that what is refused here counts for none of the programs.
  const { kubeconfigPath } = await accountOf(plane, system, 'fleetwright-controllers');
  const ofOurs = { apiVersion: 'fleetwright.io/v1alpha1', kind: 'AgentTask' };
  const owner = { ...ofOurs, name: 'owner', uid: randomUUID(), blockOwnerDeletion: true };
  const owned = {
    ...ofOurs,
    metadata: { namespace, name: 'owned', ownerReferences: [owner] },
    spec: { hosts: ['localhost'], content: '[]' },
  };
  const access = { kubectlPath: plane.kubectlPath, kubeconfigPath };
  const input = JSON.stringify(owned);
  await vi.waitFor(async () => mustKubectl(access, ['create', '--dry-run=server', '-f', '-'], { input }), {
    timeout: 120_000,
    interval: 500,
  });
}

export function isHook({ annotations }: Rendered['metadata']): boolean {
  return annotations?.['helm.sh/hook'] !== undefined;
}

export function release(plane: ControlPlane): {
  readonly name: string;
  readonly namespace: string;
  readonly kubeconfigPath: string;
} {
  return { name: 'fleetwright', namespace: system, kubeconfigPath: plane.kubeconfigPath };
}
