import { groupIdCounterName, idCounterName } from '../../crds/labels.ts';
import { highestId } from '../../crds/ids.ts';
import { agentTasks } from '../../crds/types/agenttask.ts';
import { deployGroups } from '../../crds/types/deploygroup.ts';
import { agentTaskHistory } from '../../history/agenttask/kind.ts';
import { deployGroupHistory } from '../../history/deploygroup/kind.ts';
import type { HistoryKind } from '../../history/kind.ts';
import type { Settings } from '../../kube/flags.ts';
import type { KubeObject } from '../../kube/objects.ts';
import { Reflector } from '../../kube/reflector.ts';
import type { Api, ApiDescription, Cache, OpenedApi, ServedApi, Site } from '../api.ts';
import { bearerScheme } from '../auth/bearer.ts';
import { jobxCallers } from './callers.ts';
import type { JobxApiOptions } from './calls.ts';
import { documented } from './documented.ts';
import { appkeyGuard, appkeySchemes } from './guard.ts';
import { original } from './original.ts';
import { groupCacheOptions, Project, Projects, taskCacheOptions } from './projects.ts';
import { jobxPlugin } from './routes.ts';
import { jobxSettings, readJobxSettings, type JobxConfig } from './settings.ts';

const modes = { documented, original };

/** Jobs on groups of machines, batch by batch: docs/rest/jobx.md. */
export const jobx: Api = {
  name: 'jobx',
  settings: jobxSettings,
  callers: jobxCallers,
  configure(read: Settings<keyof typeof jobxSettings>, facts) {
    const config = readJobxSettings(read, facts);
    return {
      name: jobx.name,
      callers: jobxCallers,
      namespaces: [...config.projects.values()].map((name) => ({ name, setting: read.named('jobx-projects') })),
      facts: { mode: config.mode, ...Object.fromEntries(config.projects) },
      open: (site) => open(config, site),
    };
  },
};

function open({ mode, projects, credentialsSecret, ttlSeconds }: JobxConfig, site: Site): OpenedApi {
  const { log, client, clientOf, authorizer, history } = site;
  const caches: Record<string, Cache> = {};
  const highest =
    <T extends KubeObject>(kind: HistoryKind<T>, namespace: string) =>
    async (): Promise<number> => {
      const recorded = history === undefined ? undefined : async () => history.highestId(kind);
      return highestId(kind.type, { client, namespace, recorded });
    };
  const opened = [...projects].map(([id, namespace]) => {
    const tasks = new Reflector(client, agentTasks, { namespace, ...taskCacheOptions, log });
    const groups = new Reflector(client, deployGroups, { namespace, ...groupCacheOptions, log });
    caches[`jobx-${id}-tasks`] = tasks;
    caches[`jobx-${id}-groups`] = groups;
    return new Project(
      { id, namespace, tasks: tasks.store, groups: groups.store },
      {
        clientOf,
        authorizer,
        history,
        taskIds: site.ids(agentTasks, idCounterName, highest(agentTaskHistory, namespace)),
        groupIds: site.ids(deployGroups, groupIdCounterName, highest(deployGroupHistory, namespace)),
      },
    );
  });
  const served = servedJobx({
    mode: modes[mode],
    guard: appkeyGuard(site.authentication(jobx.name, jobxCallers.credential)),
    projects: new Projects(opened),
    credentialsSecret,
    ttlSeconds,
    logs: {
      client,
      onBroken: (error, name) => log.warn({ err: error, configMap: name }, 'part of a log cannot be read'),
    },
    now: () => new Date(),
  });
  return { ...served, caches, letsAnybodyIn: false };
}

/** @returns what the application is made of, whatever the tasks come from */
export function servedJobx(options: JobxApiOptions): ServedApi {
  return { plugin: (app) => jobxPlugin(app, options), description };
}

const description: ApiDescription = {
  tag: { name: 'jobx', description: 'Jobs on groups of machines, batch by batch.' },
  way: 'The JOBX API answers as its document says, with HTTP 200 whether something was done or not: stat tells.',
  security: { ...appkeySchemes, bearer: bearerScheme },
};
