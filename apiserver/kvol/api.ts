import { highestId } from '../../crds/ids.ts';
import { rowKeyCounterName } from '../../crds/labels.ts';
import { storageZones } from '../../crds/types/storagezone.ts';
import { volumeRecoveries } from '../../crds/types/volumerecovery.ts';
import type { Settings } from '../../kube/flags.ts';
import { Reflector } from '../../kube/reflector.ts';
import type { Api, OpenedApi, ServedApi, Site } from '../api.ts';
import { bearerScheme } from '../auth/bearer.ts';
import { cacheOptions } from '../objects/cache.ts';
import { kvolCallers } from './callers.ts';
import { kvolGuards } from './guards.ts';
import { kvolPlugin, type KvolApiOptions } from './routes.ts';
import { kvolSettings, readKvolSettings, type KvolConfig } from './settings.ts';

/** Brings volumes back in another zone: docs/rest/kvol.md. */
export const kvol: Api = {
  name: 'kvol',
  settings: kvolSettings,
  callers: kvolCallers,
  configure(read: Settings<keyof typeof kvolSettings>) {
    const config = readKvolSettings(read);
    const { namespace } = config;
    return {
      name: kvol.name,
      callers: kvolCallers,
      namespaces: [{ name: namespace, setting: read.named('kvol-namespace') }],
      facts: { namespace },
      open: (site) => open(config, site),
    };
  },
};

function open({ namespace }: KvolConfig, site: Site): OpenedApi {
  const { log, client, clientOf, authorizer } = site;
  const recoveries = new Reflector(client, volumeRecoveries, { namespace, ...cacheOptions(), log });
  const zones = new Reflector(client, storageZones, { log });
  return {
    ...servedKvol({
      guards: kvolGuards(site.authentication(kvol.name, kvolCallers.credential)),
      clientOf,
      authorizer,
      cache: recoveries.store,
      zones: zones.store,
      namespace,
      ids: site.ids(volumeRecoveries, rowKeyCounterName, async () =>
        highestId(volumeRecoveries, { client, namespace }),
      ),
    }),
    caches: { recoveries, zones },
    letsAnybodyIn: false,
  };
}

/** @returns what the application is made of, whatever the recoveries come from */
export function servedKvol(options: KvolApiOptions): ServedApi {
  return {
    plugin: (app) => kvolPlugin(app, options),
    description: {
      tag: { name: kvol.name, description: 'Brings volumes back in another zone, and says what became of it.' },
      way: 'The kvol API answers as its document says.',
      security: {
        kvol: {
          type: 'http',
          scheme: 'basic',
          description:
            'The user gabianet with a token of /api/token as the password; ' +
            'for /api/token itself name and key of a credential.',
        },
        bearer: bearerScheme,
      },
    },
  };
}
