import { rollingUpgrades } from '../../crds/types/rollingupgrade.ts';
import type { Settings } from '../../kube/flags.ts';
import { Reflector } from '../../kube/reflector.ts';
import type { Api, ApiDescription, OpenedApi, ServedApi, Site } from '../api.ts';
import { bearerScheme } from '../auth/bearer.ts';
import { sesCallers } from './callers.ts';
import { sesPlugin, type SesApiOptions } from './routes.ts';
import { readSesSettings, sesSettings, type SesConfig } from './settings.ts';
import { signatureGuard, signatureSchemes } from './signature.ts';
import { upgradeIndexers } from './upgrades.ts';

/** Upgrades search clusters, and reports on it: docs/rest/ses.md. */
export const ses: Api = {
  name: 'ses',
  settings: sesSettings,
  callers: sesCallers,
  configure(read: Settings<keyof typeof sesSettings>) {
    const config = readSesSettings(read);
    const { namespace } = config;
    return {
      name: ses.name,
      callers: sesCallers,
      namespaces: [{ name: namespace, setting: read.named('ses-namespace') }],
      facts: { namespace },
      open: (site) => open(config, site),
    };
  },
};

/** Milliseconds: controllers look at a cluster within some seconds, and a caller waits no longer than half a minute. */
const patience = 15_000;

function open(config: SesConfig, site: Site): OpenedApi {
  const { log, client, clientOf, authorizer, history } = site;
  const { namespace } = config;
  const upgrades = new Reflector(client, rollingUpgrades, { namespace, indexers: upgradeIndexers, log });
  const guard = signatureGuard(site.authentication(ses.name, sesCallers.credential), config);
  return {
    ...servedSes({ ...config, patience, guard, clientOf, authorizer, history, cache: upgrades.store }),
    caches: { upgrades },
    letsAnybodyIn: false,
  };
}

/** @returns what the application is made of, whatever the upgrades come from */
export function servedSes(options: SesApiOptions): ServedApi {
  return { plugin: (app) => sesPlugin(app, options), description };
}

const description: ApiDescription = {
  tag: { name: 'ses', description: 'Upgrades search clusters, and reports on it.' },
  way: 'The ses API answers as its document says; calls beside that one as the vendor documents them.',
  security: { bearer: bearerScheme, ...signatureSchemes },
};
