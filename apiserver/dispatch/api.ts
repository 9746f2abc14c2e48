import { highestId } from '../../crds/ids.ts';
import { idCounterName } from '../../crds/labels.ts';
import { agentTasks } from '../../crds/types/agenttask.ts';
import { agentTaskHistory } from '../../history/agenttask/kind.ts';
import type { Settings } from '../../kube/flags.ts';
import { Reflector } from '../../kube/reflector.ts';
import type { Api, ApiDescription, ApiMode, OpenedApi, ServedApi, Site } from '../api.ts';
import { bearerGuard, bearerScheme } from '../auth/bearer.ts';
import { taskCacheOptions } from './cache.ts';
import { dispatchCallers } from './callers.ts';
import { dispatchPlugin, type DispatchApiOptions } from './routes.ts';
import { dispatchSettings, readDispatchSettings, type DispatchConfig } from './settings.ts';

/** Runs Ansible content on machines, and says what became of it: docs/rest/dispatch.md. */
export const dispatch: Api = {
  name: 'dispatch',
  settings: dispatchSettings,
  callers: dispatchCallers,
  configure(read: Settings<keyof typeof dispatchSettings>, facade) {
    const config = readDispatchSettings(read, facade);
    const { namespace, mode } = config;
    return {
      name: dispatch.name,
      callers: dispatchCallers,
      namespaces: [{ name: namespace, setting: read.named('dispatch-namespace') }],
      facts: { namespace, mode },
      open: (site) => open(config, site),
    };
  },
};

function open({ openAs, ...config }: DispatchConfig, site: Site): OpenedApi {
  const { log, client, clientOf, authorizer, history, host } = site;
  const { namespace } = config;
  if (openAs !== undefined)
    log.warn(
      { user: openAs.user, host },
      'the dispatch API is open: whoever reaches the port without a token acts as this user',
    );
  const tasks = new Reflector(client, agentTasks, { namespace, ...taskCacheOptions, log });
  const recorded = history === undefined ? undefined : async () => history.highestId(agentTaskHistory);
  return {
    ...servedDispatch({
      ...config,
      guard: bearerGuard({ ...site.authentication(dispatch.name, dispatchCallers.credential), openAs }),
      client,
      clientOf,
      authorizer,
      history,
      cache: tasks.store,
      ids: site.ids(agentTasks, idCounterName, async () => highestId(agentTasks, { client, namespace, recorded })),
    }),
    caches: { tasks },
    letsAnybodyIn: openAs !== undefined,
  };
}

/** @returns what the application is made of, whatever the tasks come from */
export function servedDispatch(options: DispatchApiOptions): ServedApi {
  return { plugin: (app) => dispatchPlugin(app, options), description: descriptionIn(options.mode) };
}

const ways = {
  documented: 'The dispatch API answers as its document says.',
  original: 'The dispatch API answers as the original program did, for its own clients.',
} satisfies Record<ApiMode, string>;

function descriptionIn(mode: ApiMode): ApiDescription {
  return {
    tag: { name: dispatch.name, description: 'Runs Ansible content on machines, and says what became of it.' },
    way: ways[mode],
    security: { bearer: bearerScheme },
  };
}
