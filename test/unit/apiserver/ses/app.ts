import { Registry } from '@prometheus-io/client';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';

import { buildApp } from '../../../../apiserver/app.ts';
import type { Authorizer } from '../../../../apiserver/auth/authorizer.ts';
import { FailureLimit } from '../../../../apiserver/auth/failures.ts';
import { HttpMetrics } from '../../../../apiserver/metrics.ts';
import { servedSes } from '../../../../apiserver/ses/api.ts';
import { signatureKind } from '../../../../apiserver/ses/signature-kind.ts';
import { signatureGuard } from '../../../../apiserver/ses/signature.ts';
import { upgradeIndexers } from '../../../../apiserver/ses/upgrades.ts';
import type { Limits } from '../../../../apiserver/limits.ts';
import type { RollingUpgrade, RollingUpgradeStatus } from '../../../../crds/types/rollingupgrade.ts';
import type { HistoryReader } from '../../../../history/store.ts';
import { Store } from '../../../../kube/store.ts';
import { signedHeaders } from '../../../signed.ts';
import { denying } from '../facade.ts';
import { asClient, MemoryClient } from '../memory-client.ts';
import { sampleHeaders } from './sample.ts';

export const accessKey = sampleHeaders['x-ncp-iam-access-key'];
export const secretKey = 'test-secret-key-of-a-caller';
/** Milliseconds since 1970. */
export const sampleTime = Number(sampleHeaders['x-ncp-apigw-timestamp']);

/** The headers of a call that is signed as it has to be, but for what is given. */
export function signed(
  url: string,
  { method = 'POST', timestamp = String(sampleTime), secret = secretKey, key = accessKey } = {},
): Readonly<Record<string, string>> {
  return signedHeaders(url, { accessKey: key, secretKey: secret }, { method, timestamp });
}

export interface SesAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, unknown>>;
}

export interface SesFacade {
  call(this: void, url: string, body?: unknown, headers?: object, method?: 'GET' | 'POST' | 'PUT'): Promise<SesAnswer>;
  /** A call without a body, signed. */
  get(this: void, url: string, headers?: object): Promise<SesAnswer>;
  /** What the API server has: only what was made by calls, and what was given as live. */
  readonly client: MemoryClient<RollingUpgrade>;
  logged(this: void): string;
}

interface SesSetting {
  /** Upgrades that the API server has and the cache does not show. */
  readonly live?: readonly RollingUpgrade[];
  readonly authorizer?: Authorizer;
  readonly history?: HistoryReader;
  readonly versions?: readonly string[];
  readonly takesUnsignedQuery?: boolean;
  readonly limits?: Partial<Limits>;
  /** What the controllers say of an upgrade that is made; undefined: they do not look at it. */
  readonly controllers?: (made: RollingUpgrade) => RollingUpgradeStatus | undefined;
}

/** The application with one credential. */
export async function sesFacade(
  upgrades: readonly RollingUpgrade[] = [],
  {
    live = [],
    authorizer = denying(),
    history,
    versions,
    takesUnsignedQuery = false,
    limits,
    controllers = () => undefined,
  }: SesSetting = {},
): Promise<SesFacade> {
  const cache = new Store<RollingUpgrade>(upgradeIndexers);
  for (const upgrade of upgrades) cache.set(upgrade);
  const client = new MemoryClient<RollingUpgrade>();
  for (const upgrade of live) client.put(upgrade);
  client.onWrite = (object) => {
    const status = controllers(object);
    const metadata = { ...object.metadata, generation: 1 };
    cache.set({
      ...object,
      metadata,
      ...(status === undefined ? {} : { status: { observedGeneration: 1, ...status } }),
    });
  };
  let logged = '';
  const log = pino({ level: 'debug' }, { write: (line: string) => void (logged += line) });
  const known = signatureKind.read((name) => ({ accessKey, secretKey })[name]);
  if (typeof known === 'string') throw new Error(known);
  const app = await buildApp({
    log,
    metrics: new HttpMetrics(new Registry()),
    limits: { lag: 0, ...limits },
    apis: [
      servedSes({
        namespace: 'default',
        timeZone: 'Asia/Seoul',
        versions,
        patience: 300,
        cache,
        history,
        clientOf: () => asClient(client),
        authorizer,
        guard: signatureGuard(
          {
            shown: signatureKind.shown,
            credentials: {
              ready: true,
              find: (index) =>
                index === known.index ? { caller: { user: 'ann', groups: [] }, proofs: [known.proof] } : undefined,
            },
            failures: new FailureLimit(),
          },
          { takesUnsignedQuery, now: () => sampleTime },
        ),
      }),
    ],
  });
  onTestFinished(() => app.close());
  const call: SesFacade['call'] = async (url, body, headers = signed(url), method = 'POST') => {
    const payload = typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await app.inject({
      method,
      url,
      headers: { ...headers },
      ...(method === 'GET' ? {} : { payload }),
    });
    return { status: answer.statusCode, body: answer.json(), headers: answer.headers };
  };
  return {
    call,
    get: (url, headers = signed(url, { method: 'GET' })) => call(url, undefined, headers, 'GET'),
    client,
    logged: () => logged,
  };
}
