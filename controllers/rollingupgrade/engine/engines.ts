import type { RollingUpgrade } from '../../../crds/types/rollingupgrade.ts';
import type { Client } from '../../../kube/client.ts';
import { keyOf } from '../../../kube/objects.ts';
import { OutsideClients } from '../../shared/outside/clients.ts';
import { basicAuthorization, readCredential } from '../../shared/outside/credential.ts';
import type { SearchEngine } from './engine.ts';
import { OpenSearch } from './opensearch.ts';

/** Comes to the search clusters that upgrades name. */
export interface Engines {
  /** @throws CredentialMissingError, and what Client.get throws */
  of(upgrade: RollingUpgrade, client: Client): Promise<SearchEngine>;
  /** The upgrade is gone, or has ended. */
  forget(key: string): void;
}

/** The real ones. */
export function openSearchEngines(): Engines {
  const clients = new OutsideClients();
  return {
    async of(upgrade, client) {
      const { endpoints, credentialsSecretRef } = upgrade.spec.engine.openSearch;
      const credential =
        credentialsSecretRef === undefined
          ? {}
          : await readCredential(
              client,
              { ...upgrade.metadata, name: credentialsSecretRef.name },
              'spec.engine.openSearch.credentialsSecretRef',
              ['username', 'password'],
              ['ca.crt'],
            );
      const { username, password, 'ca.crt': ca } = credential;
      const headers =
        username === undefined || password === undefined ? {} : { headers: basicAuthorization(username, password) };
      return new OpenSearch(clients.of(keyOf(upgrade), { system: 'OpenSearch', endpoints, ca, ...headers }));
    },
    forget: (key) => clients.forget(key),
  };
}
