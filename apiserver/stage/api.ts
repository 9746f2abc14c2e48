import { clusterStages } from '../../crds/types/clusterstage.ts';
import { nodes, type Node } from '../../kube/builtin.ts';
import type { Settings } from '../../kube/flags.ts';
import { Reflector } from '../../kube/reflector.ts';
import type { Api, OpenedApi, Site } from '../api.ts';
import { bearerScheme } from '../auth/bearer.ts';
import { secureKeyGuard } from '../auth/secure-key.ts';
import { stageCallers } from './callers.ts';
import { stagePlugin } from './routes.ts';
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
      facts: { cluster: config.clusterName },
      open: (site) => open(config, site),
    };
  },
};

function open(config: StageConfig, site: Site): OpenedApi {
  const { log, client, clientOf, authorizer } = site;
  const stages = new Reflector(client, clusterStages, { log });
  const nodeCache = new Reflector(client, nodes, { transform: withAddresses, log });
  const options = {
    ...config,
    guard: secureKeyGuard(site.authentication(stage.name, stageCallers.credential)),
    type: clusterStages,
    clientOf,
    authorizer,
    cache: stages.store,
    nodes: nodeCache.store,
  };
  return {
    plugin: (app) => stagePlugin(app, options),
    description: {
      tag: { name: stage.name, description: 'Puts nodes and the whole cluster into and out of service.' },
      way: 'The stage API answers as its document says; its callers show a secure-key in the body, or a token.',
      security: { bearer: bearerScheme },
    },
    caches: { stages, nodes: nodeCache },
    letsAnybodyIn: false,
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
