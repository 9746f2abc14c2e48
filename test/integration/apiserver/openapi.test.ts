import { readFile } from 'node:fs/promises';

import { describe, expect, test } from 'vitest';

import { siteForFile } from './cluster.ts';
import { goodBody } from './hostile.ts';

const documented = siteForFile();
const original = siteForFile({
  FLEETWRIGHT_DISPATCH_MODE: 'original',
  FLEETWRIGHT_JOBX_MODE: 'original',
  FLEETWRIGHT_STAGE_MODE: 'original',
});

describe('a running facade', () => {
  test.each([
    ['documented', documented, 'openapi.json'],
    ['original', original, 'openapi-original.json'],
  ] as const)('in %s mode describes itself as under docs/, to everybody', async (_mode, site, file) => {
    const answer = await fetch(`${site().facade.url}/docs/json`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
    expect(await answer.json()).toEqual(
      JSON.parse(await readFile(new URL(`../../../docs/${file}`, import.meta.url), 'utf8')),
    );
  });

  test('shows the page, which is made of its own files only', async () => {
    const { url } = documented().facade;
    const page = await fetch(`${url}/docs/`);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self';");
    const files = [...(await page.text()).matchAll(/(?:src|href)="([^"]+)"/g)].map(
      ([, file = '']) => new URL(file, `${url}/docs/`),
    );
    expect(files.length).toBeGreaterThan(4);
    for (const file of files) expect([file.origin, (await fetch(file)).status]).toEqual([url, 200]);
  });

  test('wants a token for the calls all the same', async () => {
    const { facade, tasks } = documented();
    const answer = await fetch(`${facade.url}/api/run`, {
      method: 'POST',
      body: JSON.stringify(goodBody()),
      headers: { referer: `${facade.url}/docs/` },
    });
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(await tasks()).toEqual([]);
  });
});
