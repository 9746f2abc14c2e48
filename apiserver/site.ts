import type { Logger } from 'pino';

import { clusterStages, type ClusterStage } from '../crds/types/clusterstage.ts';
import { secrets, type Secret } from '../kube/builtin.ts';
import type { KubeClient } from '../kube/client.ts';
import { IdCounter } from '../kube/ids.ts';
import { Reflector } from '../kube/reflector.ts';
import type { HistoryReader } from '../history/store.ts';
import type { Site } from './api.ts';
import { authorizerBy } from './auth/authorizer.ts';
import type { CredentialKind } from './auth/credential-kind.ts';
import { credentialSelector } from './auth/credential-secret.ts';
import { CredentialStores } from './auth/credential-stores.ts';
import { FailureLimit } from './auth/failures.ts';
import { TokenReviews } from './auth/token-reviews.ts';
import { Gate } from './gate.ts';
import type { HttpMetrics } from './metrics.ts';
import type { Ids } from './objects/create.ts';

/** Of a burst of posts, one in so many waits for the counter. */
const idsInHand = 100;

export interface SiteOptions {
  readonly log: Logger;
  readonly client: KubeClient;
  readonly history: HistoryReader | undefined;
  readonly metrics: HttpMetrics;
  /** Where the credentials and the counters of ids live. */
  readonly namespace: string;
  readonly host: string;
  /** The kinds of credentials that callers show. */
  readonly kinds: readonly CredentialKind[];
}

/** What all APIs share, and what it knows callers by. */
export interface CallersSite extends Site {
  readonly credentials: CredentialStores;
  readonly credentialsCache: Reflector<Secret>;
  /** Of them the stage API tells, and by them all APIs let operations begin or not. */
  readonly stagesCache: Reflector<ClusterStage>;
}

/** Makes what all APIs of a facade share, without asking the cluster. */
export function siteOf({ log, client, history, metrics, namespace, host, kinds }: SiteOptions): CallersSite {
  const credentialsCache = new Reflector(client, secrets, { namespace, labelSelector: credentialSelector(kinds), log });
  const credentials = new CredentialStores(kinds, credentialsCache, log);
  const stagesCache = new Reflector(client, clusterStages, { log });
  const gate = new Gate(client, stagesCache.store);
  const tokenReviews = new TokenReviews(client);
  // One for each counter: two would take each other for another process, and wait.
  const idsOf = new Map<string, Ids>();
  // One for all APIs: who guesses at one of them guesses at all.
  const failures = new FailureLimit();
  return {
    log,
    host,
    client,
    clientOf: (caller) => gate.keep(client.as(caller), caller),
    stages: stagesCache.store,
    authorizer: authorizerBy(client),
    history,
    ids({ plural }, counter, highest) {
      const ids =
        idsOf.get(counter) ??
        metrics.countIds(plural, new IdCounter(client, namespace, counter, highest, { ahead: idsInHand }));
      idsOf.set(counter, ids);
      return ids;
    },
    authentication: (api, kind) => ({
      shown: kind.shown,
      credentials: credentials.of(kind),
      tokenReviews,
      failures,
      onFailure: (code) => metrics.authFailed(api, code),
    }),
    credentials,
    credentialsCache,
    stagesCache,
  };
}
