import { readFile } from 'node:fs/promises';

import type { LightMyRequestResponse } from 'fastify';
import { parse } from 'yaml';
import { describe, expect, onTestFinished, test } from 'vitest';

import { offlineApp } from '../../../../apiserver/openapi/offline.ts';
import { testFacade } from '../facade.ts';

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, object>>;
}

/** @returns what fetches a page of one facade, without showing a token */
async function reader(
  mode: 'documented' | 'original' = 'documented',
): Promise<(url: string) => Promise<LightMyRequestResponse>> {
  const { app } = await testFacade({ mode });
  return async (url) => app.inject({ method: 'GET', url });
}

describe('the description', () => {
  test.each([
    ['documented', 'openapi.json'],
    ['original', 'openapi-original.json'],
  ] as const)('that is served in %s mode is docs/%s', async (mode, file) => {
    const app = await offlineApp(mode);
    onTestFinished(() => app.close());
    const answer = await app.inject({ method: 'GET', url: '/docs/json' });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual(
      JSON.parse(await readFile(new URL(`../../../../docs/${file}`, import.meta.url), 'utf8')),
    );
  });

  test('is served as YAML too', async () => {
    const get = await reader();
    const [json, yaml] = [await get('/docs/json'), await get('/docs/yaml')];
    expect(parse(yaml.body)).toEqual(json.json());
  });

  test('has every call of the API and nothing else', async () => {
    const get = await reader();
    const { openapi, paths } = (await get('/docs/json')).json<Document>();
    expect(openapi).toBe('3.1.0');
    expect(Object.entries(paths).map(([path, item]) => [path, Object.keys(item)])).toEqual(
      ['run', 'parallel_run', 'stop', 'check', 'getlog'].map((name) => [`/api/${name}`, ['post']]),
    );
  });
});

describe('the page', () => {
  test('is there with and without a slash, and so are the files that it is made of', async () => {
    const get = await reader();
    for (const url of ['/docs', '/docs/']) {
      const page = await get(url);
      expect([page.statusCode, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
      const files = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(
        ([, file = '']) => new URL(file, `http://facade${url}`),
      );
      expect(files.length).toBeGreaterThan(4);
      for (const { host, pathname } of files)
        expect([pathname, host, (await get(pathname)).statusCode]).toEqual([pathname, 'facade', 200]);
    }
  });

  test('may run scripts and load files of this server only, and is not embedded', async () => {
    const get = await reader();
    for (const url of ['/docs/', '/docs/static/swagger-ui-bundle.js', '/docs/json']) {
      const policy = (await get(url)).headers['content-security-policy'];
      expect(policy).toContain("default-src 'none';");
      expect(policy).toContain("script-src 'self';");
      expect(policy).toContain("connect-src 'self';");
      expect(policy).toContain("frame-ancestors 'none';");
      expect(policy).not.toMatch(/https?:|\*/);
    }
  });

  test('keeps the stricter policy of the API for all else', async () => {
    const get = await reader();
    expect((await get('/api/run')).headers['content-security-policy']).toBe(
      "default-src 'none';frame-ancestors 'none'",
    );
  });

  test('shows no other files', async () => {
    const get = await reader();
    for (const url of [
      '/docs/static/../../package.json',
      '/docs/static/..%2f..%2fpackage.json',
      '/docs/static/%2e%2e/package.json',
      '/docs/static/none.js',
      '/docs/none',
    ]) {
      const answer = await get(url);
      expect([url, answer.json()]).toEqual([url, { code: -1, message: expect.any(String) }]);
      expect([400, 403, 404]).toContain(answer.statusCode);
    }
  });
});
