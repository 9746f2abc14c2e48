import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

import { HttpMetrics } from '../../../apiserver/metrics.ts';
import { TlsMetrics } from '../../../apiserver/tls/metrics.ts';
import { runFiguresOf } from '../../../controllers/agenttask/batches/figures.ts';
import { addRunMetrics } from '../../../controllers/agenttask/batches/metrics.ts';
import { figuresOf } from '../../../controllers/clusterstage/figures.ts';
import { addStageMetrics } from '../../../controllers/clusterstage/metrics.ts';
import { upgradeFiguresOf } from '../../../controllers/rollingupgrade/figures.ts';
import { addUpgradeMetrics } from '../../../controllers/rollingupgrade/metrics.ts';
import { kinds } from '../../../history/kinds.ts';
import { RecorderMetrics } from '../../../history/recorder/metrics.ts';
import { RuntimeMetrics } from '../../../kube/metrics.ts';
import { chartFolder } from '../../chart/helm.ts';

const checkout = join(chartFolder, '..', '..');

async function read(file: string): Promise<string> {
  return readFile(join(checkout, file), 'utf8');
}

interface Schema {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: unknown;
  readonly definitions?: Readonly<Record<string, Schema>>;
}

/** Values that are one thing, though they are written as a map. */
const whole = /(\.resources|metrics\.dashboard\.labels)$/;

function pathsOf(value: unknown, path: string): readonly string[] {
  if (
    typeof value !== 'object' ||
    value === null ||
    Array.isArray(value) ||
    Object.keys(value).length === 0 ||
    whole.test(path)
  )
    return [path];
  return Object.entries(value).flatMap(([name, below]) => pathsOf(below, path === '' ? name : `${path}.${name}`));
}

function schemaPaths(schema: Schema, root: Schema, path: string): readonly string[] {
  const definition = schema.$ref?.replace('#/definitions/', '');
  const { properties, additionalProperties } =
    definition === undefined ? schema : (root.definitions?.[definition] ?? {});
  if (properties === undefined || additionalProperties !== false || whole.test(path) || path.endsWith('issuerRef'))
    return [path];
  return Object.entries(properties).flatMap(([name, below]) =>
    schemaPaths(below, root, path === '' ? name : `${path}.${name}`),
  );
}

async function valuePaths(): Promise<readonly string[]> {
  return pathsOf(parse(await read('charts/fleetwright/values.yaml')), '').toSorted();
}

test('the schema knows exactly the values that have a default', async () => {
  const schema = JSON.parse(await read('charts/fleetwright/values.schema.json')) as Schema;
  const paths = schemaPaths(schema, schema, '').filter((path) => path !== 'global');
  expect(paths.toSorted()).toEqual(await valuePaths());
});

/** As the README writes it: on one line, nothing for what is empty. */
function inYaml(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === null ? '' : JSON.stringify(value).replaceAll('":', '": ').replaceAll(',"', ', "');
}

test('the README lists exactly the values, each with its default', async () => {
  const rows = [
    ...(await read('charts/fleetwright/README.md')).matchAll(/^\| `([^`]+)` \| (?:`([^`]*)`|([^|]*?)) \|/gm),
  ].filter(([, name]) => name !== 'fleetwright-controllers' && name !== 'fleetwright-facade');
  expect(rows.map(([, name = '']) => name).toSorted()).toEqual(await valuePaths());
  const values: unknown = parse(await read('charts/fleetwright/values.yaml'));
  for (const [, name = '', shown, text] of rows) {
    const value = name.split('.').reduce<unknown>((found, key) => (found as Record<string, unknown>)[key], values);
    if (text === 'see values.yaml') continue;
    expect(`${name}: ${shown ?? ''}`).toBe(`${name}: ${inYaml(value)}`);
  }
});

test('chart, programs and image are of one version, and the image has the Node.js that the tests run on', async () => {
  const { version, devDependencies } = JSON.parse(await read('package.json')) as {
    readonly version: string;
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  const chart = parse(await read('charts/fleetwright/Chart.yaml')) as {
    readonly version: string;
    readonly appVersion: string;
  };
  expect(chart.appVersion).toBe(version);
  const dockerfile = await read('Dockerfile');
  expect(dockerfile).toContain(`NODE_IMAGE=node:${devDependencies['node']}-`);
  expect([...dockerfile.matchAll(/^ARG VERSION=(.*)$/gm)].map(([, found]) => found)).toEqual([version, version]);
});

test('what the image takes from the checkout is let through to it', async () => {
  const copied = [...(await read('Dockerfile')).matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, sources = '']) =>
    sources.split(' '),
  );
  const allowed = new Set(
    (await read('.dockerignore')).split('\n').flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : [])),
  );
  expect(copied.length).toBeGreaterThan(5);
  expect(copied.filter((source) => !allowed.has(source.split('/')[0] ?? ''))).toEqual([]);
});

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly severity: string;
  readonly summary: string;
  readonly description: string;
}

async function alerts(): Promise<readonly Alert[]> {
  const folder = join(chartFolder, 'files/alerts');
  const lists = await Promise.all(
    (await readdir(folder)).map(async (file) => parse(await readFile(join(folder, file), 'utf8')) as readonly Alert[]),
  );
  return lists.flat();
}

/** Names and labels of all metrics of our programs. */
async function ourMetrics(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const { registry } = new RuntimeMetrics();
  const http = new HttpMetrics(registry);
  http.observeCaches({});
  http.observeCredentials(() => ({ usable: 0, broken: 0 }));
  addRunMetrics(registry, () => runFiguresOf([], new Date()));
  addStageMetrics(registry, () => figuresOf([], [], new Date()));
  addUpgradeMetrics(registry, () => upgradeFiguresOf([], new Date()));
  expect([
    new RecorderMetrics(registry, kinds, async () => 0),
    new TlsMetrics(registry, () => new Date()),
  ]).toHaveLength(2);
  const described = registry.getMetricsAsArray() as unknown as readonly {
    readonly name: string;
    readonly labelNames?: readonly string[];
  }[];
  return new Map(
    described.flatMap(({ name, labelNames = [] }) =>
      [name, `${name}_bucket`].map((full) => [full, new Set(labelNames)] as const),
    ),
  );
}

/** Added to whatever Prometheus scrapes by way of a ServiceMonitor. */
const scraped = new Set(['namespace', 'pod', 'container', 'le']);

async function problemsOf(query: string): Promise<readonly string[]> {
  const known = await ourMetrics();
  const problems: string[] = [];
  for (const [, metric = '', matchers = ''] of query.matchAll(/([a-z_]{3,})\{([^}]*)\}/g)) {
    if (metric.startsWith('kubelet_volume_stats_')) continue;
    const labels = known.get(metric);
    if (labels === undefined) problems.push(`${metric} is no metric of ours`);
    const used = [...matchers.matchAll(/([a-z_]+) ?(?:=|!=|=~|!~)"/g)].map(([, label = '']) => label);
    const grouped = [...query.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/, */));
    for (const label of [...used, ...grouped])
      if (labels?.has(label) === false && !scraped.has(label)) problems.push(`${metric} has no label ${label}`);
  }
  return problems;
}

describe('alerts and dashboard', () => {
  test('ask for metrics and labels that our programs have', async () => {
    const queries = (await alerts()).map(({ expr }) => expr);
    const dashboard = JSON.parse(await read('charts/fleetwright/files/dashboard.json')) as {
      readonly panels: readonly { readonly targets?: readonly { readonly expr: string }[] }[];
    };
    queries.push(...dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)));
    expect(queries.length).toBeGreaterThan(25);
    expect((await Promise.all(queries.map(problemsOf))).flat()).toEqual([]);
  });

  test('a query for what there is not is found out', async () => {
    expect(
      await problemsOf('sum by (colour) (rate(fleetwright_http_requests_total{hue="x"}[5m])) / fleetwright_none{}'),
    ).toEqual([
      'fleetwright_http_requests_total has no label hue',
      'fleetwright_http_requests_total has no label colour',
      'fleetwright_none is no metric of ours',
    ]);
  });

  test('each alert has a page that says what to do, and each page an alert', async () => {
    const pages = (await readdir(join(checkout, 'docs/runbooks'))).filter((name) => name !== 'README.md');
    expect(pages.toSorted()).toEqual((await alerts()).map(({ alert }) => `${alert}.md`).toSorted());
    const index = await read('docs/runbooks/README.md');
    for (const { alert, severity } of await alerts()) {
      expect(await read(`docs/runbooks/${alert}.md`)).toContain('## What to do');
      expect(index).toContain(`[${alert}](${alert}.md)`);
      expect(['critical', 'warning']).toContain(severity);
    }
  });
});
