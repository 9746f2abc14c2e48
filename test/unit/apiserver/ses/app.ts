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
import type { RollingUpgrade } from '../../../../crds/types/rollingupgrade.ts';
import type { HistoryReader } from '../../../../history/store.ts';
import type { Client } from '../../../../kube/client.ts';
import { Store } from '../../../../kube/store.ts';
import { signedHeaders } from '../../../signed.ts';
import { denying } from '../facade.ts';
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
  call(this: void, url: string, body: unknown, headers?: object, method?: 'GET' | 'POST' | 'PUT'): Promise<SesAnswer>;
  logged(this: void): string;
}

/** The application with one credential. @param live upgrades that the API server has and the cache does not show */
export async function sesFacade(
  upgrades: readonly RollingUpgrade[] = [],
  {
    live = [],
    authorizer = denying(),
    history,
  }: {
    readonly live?: readonly RollingUpgrade[];
    readonly authorizer?: Authorizer;
    readonly history?: HistoryReader;
  } = {},
): Promise<SesFacade> {
  const cache = new Store<RollingUpgrade>(upgradeIndexers);
  for (const upgrade of upgrades) cache.set(upgrade);
  const client = { list: async () => ({ items: live, resourceVersion: '1' }) } as Pick<Client, 'list'> as Client;
  let logged = '';
  const log = pino({ level: 'debug' }, { write: (line: string) => void (logged += line) });
  const known = signatureKind.read((name) => ({ accessKey, secretKey })[name]);
  if (typeof known === 'string') throw new Error(known);
  const app = await buildApp({
    log,
    metrics: new HttpMetrics(new Registry()),
    limits: { lag: 0 },
    apis: [
      servedSes({
        namespace: 'default',
        timeZone: 'Asia/Seoul',
        cache,
        history,
        clientOf: () => client,
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
          () => sampleTime,
        ),
      }),
    ],
  });
  onTestFinished(() => app.close());
  return {
    logged: () => logged,
    async call(url, body, headers = signed(url), method = 'POST') {
      const payload = typeof body === 'string' ? body : JSON.stringify(body);
      const answer = await app.inject({
        method,
        url,
        headers: { ...headers },
        ...(method === 'GET' ? {} : { payload }),
      });
      return { status: answer.statusCode, body: answer.json(), headers: answer.headers };
    },
  };
}
