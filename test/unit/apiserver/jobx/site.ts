import { Registry } from '@prometheus-io/client';
import { pino } from 'pino';
import { expect, onTestFinished } from 'vitest';

import { buildApp } from '../../../../apiserver/app.ts';
import type { Authorizer } from '../../../../apiserver/auth/authorizer.ts';
import { digestOf } from '../../../../apiserver/auth/digest.ts';
import type { Caller } from '../../../../apiserver/auth/caller.ts';
import { FailureLimit } from '../../../../apiserver/auth/failures.ts';
import { servedJobx } from '../../../../apiserver/jobx/api.ts';
import { documented } from '../../../../apiserver/jobx/documented.ts';
import { appkeyGuard } from '../../../../apiserver/jobx/guard.ts';
import type { LogReading } from '../../../../apiserver/jobx/logs.ts';
import type { Mode } from '../../../../apiserver/jobx/mode.ts';
import { groupCacheOptions, Project, Projects, taskCacheOptions } from '../../../../apiserver/jobx/projects.ts';
import { HttpMetrics } from '../../../../apiserver/metrics.ts';
import { agentJobs } from '../../../../crds/types/agentjob.ts';
import { agentTasks, type AgentTask, type AgentTaskStatus } from '../../../../crds/types/agenttask.ts';
import { deployGroups, type DeployGroup } from '../../../../crds/types/deploygroup.ts';
import type { HistoryReader } from '../../../../history/store.ts';
import { configMaps } from '../../../../kube/builtin.ts';
import { keyOf } from '../../../../kube/objects.ts';
import { Store } from '../../../../kube/store.ts';
import { agentJob } from '../../../harness/agenttask/objects.ts';
import { ModelApi } from '../../../harness/world/api.ts';
import { ModelClient } from '../../../harness/world/client.ts';
import { ManualClock } from '../../../harness/world/clock.ts';
import { Life } from '../../../harness/world/life.ts';
import { denying } from '../facade.ts';
import { countingIds } from '../memory-client.ts';
import { undescribed } from './described.ts';

const key = 'correct-horse-battery-staple-0123456789';
const headers = { appname: 'flow', appkey: key };
const flow: Caller = { user: 'flow@app', groups: [] };

/** What an answer says. */
export interface Answer {
  readonly stat: boolean | null;
  readonly info?: string;
  readonly data?: unknown;
  readonly [field: string]: unknown;
}

export interface JobxSite {
  readonly api: ModelApi;
  call(
    this: void,
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS',
    url: string,
    body?: object | string,
    more?: Readonly<Record<string, string>>,
  ): Promise<{ readonly status: number; readonly body: Answer; readonly text: string }>;
  /** A whole answer. */
  inject(
    this: void,
    url: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<{ readonly headers: Readonly<Record<string, unknown>> }>;
  /** The task of this uuid, or the only one. */
  task(this: void, name?: string): AgentTask;
  setStatus(this: void, task: AgentTask, status: AgentTaskStatus): void;
  /** What the calls work on. */
  readonly project: Project;
  readonly logs: LogReading;
  /** From now on the caches show nothing new. */
  holdCaches(this: void): void;
}

export interface JobxSiteOptions {
  readonly authorizer?: Authorizer;
  readonly mode?: Mode;
  readonly history?: HistoryReader;
  readonly ttlSeconds?: number;
  /** Its number; 1 by default. */
  readonly project?: string;
}

/** The API with one project, 1, whose objects are in a model of the API server; gone after the test. */
export async function jobxSite({
  authorizer = denying(),
  mode = documented,
  history,
  ttlSeconds,
  project: id = '1',
}: JobxSiteOptions = {}): Promise<JobxSite> {
  const api = new ModelApi(new ManualClock());
  const life = new Life({ interleave: false, fate: () => 'goes well', onDeath: () => undefined });
  const client = new ModelClient(api, life);
  const tasks = new Store<AgentTask>(taskCacheOptions.indexers);
  const groups = new Store<DeployGroup>(groupCacheOptions.indexers);
  let held = false;
  api.onChange(({ plural, event: { type, object } }) => {
    if (held) return;
    if (plural === agentTasks.plural)
      if (type === 'DELETED') tasks.delete(keyOf(object));
      else tasks.set(object as AgentTask);
    if (plural === deployGroups.plural)
      if (type === 'DELETED') groups.delete(keyOf(object));
      else groups.set(object as DeployGroup);
  });
  api.create(agentJobs, agentJob('install'));
  api.create(configMaps, {
    metadata: { namespace: 'default', name: 'fleetwright-hosts' },
    data: { hosts: Array.from({ length: 20 }, (_, index) => `node${index + 1}`).join('\n') },
  });
  const project = new Project(
    { id, namespace: 'default', tasks, groups },
    { clientOf: () => client, authorizer, history, taskIds: countingIds(), groupIds: countingIds() },
  );
  const logs: LogReading = { client, onBroken: () => undefined };
  const app = await buildApp({
    log: pino({ level: 'silent' }),
    metrics: new HttpMetrics(new Registry()),
    limits: { lag: 0 },
    apis: [
      servedJobx({
        mode,
        guard: appkeyGuard({
          shown: 'appkey',
          credentials: {
            ready: true,
            find: (index) => (index === 'flow' ? { caller: flow, proofs: [digestOf(key)] } : undefined),
          },
          failures: new FailureLimit(),
        }),
        projects: new Projects([project]),
        logs,
        credentialsSecret: undefined,
        ttlSeconds,
        now: () => new Date('2026-01-15T12:00:00Z'),
      }),
    ],
  });
  onTestFinished(() => app.close());
  await app.ready();
  const { paths = {} } = app.swagger() as { readonly paths?: Parameters<typeof undescribed>[0] };
  return {
    api,
    project,
    logs,
    async call(method, url, body, more = headers) {
      const payload = body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) };
      const { statusCode, body: text } = await app.inject({ method, url, headers: more, ...payload });
      const answered = text.startsWith('{') ? (JSON.parse(text) as Answer) : { stat: null };
      if (answered.stat === true) expect(undescribed(paths, method, url, answered)).toEqual([]);
      return { status: statusCode, text, body: answered };
    },
    inject: async (url, more) => app.inject({ method: 'GET', url, headers: more }),
    task(name) {
      const found = api.list(agentTasks).find(({ metadata }) => name === undefined || metadata.name === name);
      if (found === undefined) throw new Error('there is no such task');
      return found;
    },
    holdCaches: () => void (held = true),
    setStatus: ({ metadata }, status) =>
      void api.mergePatch(agentTasks, metadata, { status: { waiting: null, ...status } }, 'status'),
  };
}
