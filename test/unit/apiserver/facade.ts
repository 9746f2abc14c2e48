import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Registry } from '@prometheus-io/client';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';

import { buildApp } from '../../../apiserver/app.ts';
import { bearerGuard } from '../../../apiserver/auth/bearer.ts';
import { FailureLimit } from '../../../apiserver/auth/failures.ts';
import { TokenFile } from '../../../apiserver/auth/tokenfile.ts';
import { HttpMetrics } from '../../../apiserver/metrics.ts';
import type { AgentTask } from '../../../crds/types/agenttask.ts';
import type { ReadStore } from '../../../kube/store.ts';
import { asClient, cacheOf, countingIds, MemoryClient } from './memory-client.ts';

export const token = 'correct-horse-battery-staple-0123456789';

/** The headers of a good call. */
export const headers = { authorization: `Bearer ${token}`, 'x-correlation-id': '1-1', 'x-resource': 'orion' } satisfies Readonly<Record<string, string>>;

export interface TestFacade {
  readonly app: FastifyInstance;
  readonly client: MemoryClient;
  readonly tokenPath: string;
  readonly registry: Registry;
  /** What was logged, one JSON object a line. */
  logged(this: void): string;
  post(this: void, path: string, body: unknown, more?: Readonly<Record<string, string>>): Promise<{ readonly status: number; readonly body: unknown }>;
}

export interface FacadeOptions {
  readonly cache?: ReadStore<AgentTask>;
  readonly credentialsSecret?: string;
  readonly failures?: FailureLimit;
}

/** The application with its token in a file and its tasks in memory; gone after the test. */
export async function testFacade(options: FacadeOptions = {}): Promise<TestFacade> {
  const folder = await mkdtemp(join(tmpdir(), 'fleetwright-facade-'));
  const tokenPath = join(folder, 'token');
  await writeFile(tokenPath, `${token}\n`);
  const client = new MemoryClient();
  const registry = new Registry();
  const metrics = new HttpMetrics(registry);
  let logged = '';
  const log = pino({ level: 'debug' }, { write: (line: string) => void (logged += line) });
  const app = await buildApp({
    log,
    metrics,
    dispatch: {
      client: asClient(client),
      cache: options.cache ?? cacheOf(),
      ids: countingIds(),
      namespace: 'default',
      credentialsSecret: options.credentialsSecret,
      guard: bearerGuard({
        tokens: new TokenFile(tokenPath),
        failures: options.failures ?? new FailureLimit(),
        onFailure: (code) => metrics.authFailed('dispatch', code),
      }),
    },
  });
  onTestFinished(async () => {
    await app.close();
    await rm(folder, { recursive: true });
  });
  return {
    app,
    client,
    tokenPath,
    registry,
    logged: () => logged,
    async post(path, body, more = {}) {
      const payload = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
      const answer = await app.inject({ method: 'POST', url: path, headers: { ...headers, ...more }, payload });
      return { status: answer.statusCode, body: answer.json() };
    },
  };
}

/** What a failure looks like. */
export function failure(message: unknown): object {
  return { code: -1, message };
}
