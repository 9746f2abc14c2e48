import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';

import { chartFolder } from '../../chart/helm.ts';
import { runToEnd } from '../../chart/processes.ts';
import { helmForFile } from '../../chart/site.ts';
import { runSuites } from '../../chart/suites.ts';

const helm = helmForFile();
/** helm-unittest is built from source where it is not in the cache. */
const building = 1_200_000;

async function suites(): Promise<readonly string[]> {
  return (await readdir(join(chartFolder, 'tests'))).filter((name) => name.endsWith('_test.yaml'));
}

/** Of its own: helm-unittest makes a folder in the chart that it looks at, while other files read the one at hand. */
async function copyOfChart(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fleetwright-chart-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const chart = join(folder, 'fleetwright');
  await cp(chartFolder, chart, { recursive: true, dereference: true });
  return chart;
}

test('the suites of the chart pass', { timeout: building }, async () => {
  const { code, stdout, stderr } = await runSuites(await copyOfChart());
  expect(code, `${stdout}${stderr}`).toBe(0);
  expect(stdout).toContain(`Test Suites: ${(await suites()).length} passed, ${(await suites()).length} total`);
});

test.each([
  ['a file system that can be written', '_pods.tpl', 'readOnlyRootFilesystem: true', 'readOnlyRootFilesystem: false'],
  ['a key that is not mounted', 'facade/deployment.yaml', 'mountPath: /etc/fleetwright/tls', 'mountPath: /etc/tls'],
  ['rights that nobody needs', 'facade/rbac.yaml', 'verbs: [get, update]', 'verbs: [get, update, delete]'],
])('the suites find %s', { timeout: building }, async (_what, file, from, to) => {
  const chart = await copyOfChart();
  const template = join(chart, 'templates', file);
  const text = await readFile(template, 'utf8');
  expect(text).toContain(from);
  await writeFile(template, text.replaceAll(from, to));
  const { code, stdout } = await runSuites(chart);
  expect(code).toBe(1);
  // Few, and not all, as they would where the copy cannot be read.
  expect(stdout).toMatch(/^Tests: +[1-9] failed/m);
});

test('every template is in a suite', async () => {
  const templates = (await readdir(join(chartFolder, 'templates'), { recursive: true })).filter((name) =>
    /\.(?:yaml|txt)$/.test(name),
  );
  const texts = await Promise.all((await suites()).map((name) => readFile(join(chartFolder, 'tests', name), 'utf8')));
  const tested = new Set(
    texts.flatMap((text) =>
      (parse(text) as { readonly templates: readonly string[] }).templates.map((name) =>
        name.replace(/^templates\//, ''),
      ),
    ),
  );
  expect(templates.length).toBeGreaterThan(20);
  expect(templates.filter((name) => !tested.has(name))).toEqual([]);
});

test('a package has no suites', async () => {
  const folder = await helm().scratch();
  await helm().must(['package', chartFolder, '--destination', folder]);
  const [archive = ''] = await readdir(folder);
  const { stdout } = await runToEnd('tar', ['-tzf', join(folder, archive)], { PATH: process.env['PATH'] ?? '' });
  expect(stdout).toContain('fleetwright/templates/facade/service.yaml\n');
  expect(stdout).not.toContain('_test.yaml');
});
