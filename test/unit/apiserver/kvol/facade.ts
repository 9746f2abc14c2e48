import { Registry } from '@prometheus-io/client';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';

import { buildApp } from '../../../../apiserver/app.ts';
import type { Authorizer } from '../../../../apiserver/auth/authorizer.ts';
import type { Caller } from '../../../../apiserver/auth/caller.ts';
import { FailureLimit } from '../../../../apiserver/auth/failures.ts';
import { servedKvol } from '../../../../apiserver/kvol/api.ts';
import { kvolGuards } from '../../../../apiserver/kvol/guards.ts';
import { HttpMetrics } from '../../../../apiserver/metrics.ts';
import type { StorageZone } from '../../../../crds/types/storagezone.ts';
import type { VolumeRecovery } from '../../../../crds/types/volumerecovery.ts';
import { Store } from '../../../../kube/store.ts';
import { denying } from '../facade.ts';
import { asClient, countingIds, MemoryClient } from '../memory-client.ts';

/** Of the credential whose callers are let in. */
export const name = 'console';
export const key = 'correct-horse-battery-staple-0123456789';
const consoleUser: Caller = { user: 'fleetwright:console', groups: [] };

export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

export interface Answer {
  readonly status: number;
  /** Undefined: none. */
  readonly body: unknown;
  readonly headers: Readonly<Record<string, unknown>>;
}

export interface KvolFacade {
  readonly app: FastifyInstance;
  readonly client: MemoryClient<VolumeRecovery>;
  get(this: void, url: string, authorization?: string): Promise<Answer>;
  /** The header of whoever has got a token. */
  signedIn(this: void): Promise<string>;
}

/** The application with one credential; its recoveries are in memory. Gone after the test. */
export async function kvolFacade(
  zones: readonly StorageZone[],
  { authorizer = denying(), proof = key }: { readonly authorizer?: Authorizer; readonly proof?: string } = {},
): Promise<KvolFacade> {
  const client = new MemoryClient<VolumeRecovery>();
  const store = new Store<StorageZone>({});
  for (const zone of zones) store.set(zone);
  const guards = kvolGuards({
    shown: 'token',
    credentials: {
      ready: true,
      find: (index) => (index === name ? { caller: consoleUser, proofs: [Buffer.from(proof)] } : undefined),
    },
    failures: new FailureLimit(),
  });
  const app = await buildApp({
    log: pino({ level: 'silent' }),
    metrics: new HttpMetrics(new Registry()),
    limits: { lag: 0 },
    apis: [
      servedKvol({
        guards,
        clientOf: () => asClient(client),
        authorizer,
        cache: new Store<VolumeRecovery>({}),
        zones: store,
        namespace: 'default',
        ids: countingIds(),
      }),
    ],
  });
  onTestFinished(() => app.close());
  const get: KvolFacade['get'] = async (url, authorization) => {
    const answer = await app.inject({
      method: 'GET',
      url,
      headers: authorization === undefined ? {} : { authorization },
    });
    const body: unknown = answer.body === '' ? undefined : answer.json();
    return { status: answer.statusCode, body, headers: answer.headers };
  };
  return {
    app,
    client,
    get,
    async signedIn() {
      const { body } = await get('/api/token', basic(name, key));
      return basic('gabianet', (body as { readonly token: string }).token);
    },
  };
}

/** The zones of the document's samples. */
export const sampleZones: readonly StorageZone[] = [
  sampleZone({ name: 'k_svm_nfs_bak', ip: '182.161.123.109' }, { name: 'k_svm_nfs_bak2', ip: '182.161.123.120' }),
  zoneOf('kilo1', '45856d65-9021-4702-b8a6-62d5326b8f4e', { name: 'k_svm_nfs', ip: '182.161.123.107' }, []),
];

/** The first of them, with its backups on these machines. */
export function sampleZone(first: Svm, second?: Svm): StorageZone {
  return zoneOf('mitaka1', '6a21db69-dc6b-4423-834c-679ae153a638', { name: 'm_svm_nfs', ip: '182.161.123.106' }, [
    { seq: 2, zone: 'kilo1', svm: first },
    ...(second === undefined ? [] : [{ seq: 4, zone: 'kilo2', svm: second }]),
  ]);
}

interface Svm {
  readonly name: string;
  readonly ip: string;
}

function zoneOf(
  zone: string,
  typeID: string,
  svm: Svm,
  backups: readonly { readonly seq: number; readonly zone: string; readonly svm: Svm }[],
): StorageZone {
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'StorageZone',
    metadata: { name: zone },
    spec: {
      driver: 'Cinder',
      cinder: { endpoint: 'http://127.0.0.1:9/v3', noAuth: { projectID: 'f1ee7' }, contentCheck: { mode: 'None' } },
      volumeTypes: [
        {
          id: typeID,
          svm,
          volumeName: 'vol01',
          backups: backups.map((backup) => ({ ...backup, clusterIP: '182.161.123.103', volumeName: 'vol01' })),
        },
      ],
    },
  };
}
