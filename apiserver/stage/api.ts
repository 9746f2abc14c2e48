import { clusterStages } from '../../crds/types/clusterstage.ts';
import { nodes, type Node } from '../../kube/builtin.ts';
import type { Settings } from '../../kube/flags.ts';
import { Reflector } from '../../kube/reflector.ts';
import type { Api, ApiDescription, ApiMode, OpenedApi, ServedApi, Site } from '../api.ts';
import { bearerGuard, bearerScheme, type BearerOptions } from '../auth/bearer.ts';
import { secureKeyGuard } from '../auth/secure-key.ts';
import { stageCallers } from './callers.ts';
import { stagePlugin, type StageApiOptions } from './routes.ts';
import { readStageSettings, stageSettings, type StageConfig } from './settings.ts';

/** Puts nodes and the cluster into stages, and says in which they are: docs/rest/stage.md. */
export const stage: Api = {
  name: 'stage',
  settings: stageSettings,
  callers: stageCallers,
  configure(read: Settings<keyof typeof stageSettings>) {
    const config = readStageSettings(read);
    return {
      name: stage.name,
      callers: stageCallers,
      namespaces: [],
      facts: { cluster: config.clusterName, mode: config.mode },
      open: (site) => open(config, site),
    };
  },
};

function open(config: StageConfig, site: Site): OpenedApi {
  const { log, client, clientOf, authorizer } = site;
  const nodeCache = new Reflector(client, nodes, { transform: withAddresses, log });
  return {
    ...servedStage(
      { ...config, type: clusterStages, clientOf, authorizer, cache: site.stages, nodes: nodeCache.store },
      site.authentication(stage.name, stageCallers.credential),
    ),
    caches: { nodes: nodeCache },
    letsAnybodyIn: false,
  };
}

/** @returns what the application is made of, whatever the stages come from */
export function servedStage(
  options: Omit<StageApiOptions, 'guard'>,
  authentication: Omit<BearerOptions, 'openAs'>,
): ServedApi {
  const guard =
    options.mode === 'documented'
      ? secureKeyGuard(authentication)
      : bearerGuard({ ...authentication, cookie: tokenCookie });
  return { plugin: (app) => stagePlugin(app, { ...options, guard }), description: descriptionIn(options.mode) };
}

/** In which the original program's own pages have their token. */
const tokenCookie = 'gms_token';

const ways = {
  documented: 'The stage API answers as its document says; its callers show a secure-key in the body, or a token.',
  original: 'The stage API answers as the original program did, for its own clients, which show a token.',
} satisfies Record<ApiMode, string>;

function descriptionIn(mode: ApiMode): ApiDescription {
  return {
    tag: { name: stage.name, description: 'Puts nodes and the whole cluster into and out of service.' },
    way: ways[mode],
    security: {
      bearer: bearerScheme,
      ...(mode === 'documented' ? {} : { cookie: { type: 'apiKey', in: 'cookie', name: tokenCookie } }),
    },
  };
}

/** All that is asked of a node here is what it is called. */
function withAddresses({ metadata, status }: Node): Node {
  const { name, uid, resourceVersion } = metadata;
  return {
    metadata: {
      name,
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    status: status?.addresses === undefined ? {} : { addresses: status.addresses },
  };
}
