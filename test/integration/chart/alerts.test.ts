import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';

import { chartFolder, type Rendered } from '../../chart/helm.ts';
import { promtool } from '../../chart/promtool.ts';
import type { Ended } from '../../chart/processes.ts';
import { helmForFile } from '../../chart/site.ts';
import { variants } from '../../harness/matrix.ts';

interface Rule {
  readonly alert: string;
  readonly expr: string;
}

interface Groups {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}

/** What of a file of `promtool test rules` is read here. */
interface Cases {
  readonly tests: readonly {
    readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts?: unknown }[];
  }[];
}

const cases = join(import.meta.dirname, '..', '..', 'chart', 'alerts.yaml');
const helm = helmForFile();
/** promtool is built from source where it is not in the cache. */
const building = 1_200_000;
let rendered: Groups;

/** Runs a command of promtool over the alerts of the chart. @param expr in place of that of each, where it is given */
async function overAlerts(
  command: readonly string[],
  file: 'rules.yaml' | 'cases.yaml',
  expr?: string,
): Promise<Ended> {
  const folder = await helm().scratch();
  const groups = rendered.groups.map((group) => ({
    ...group,
    rules: group.rules.map((rule) => (expr === undefined ? rule : { ...rule, expr })),
  }));
  await writeFile(join(folder, 'rules.yaml'), stringify({ groups }));
  await copyFile(cases, join(folder, 'cases.yaml'));
  return promtool([...command, join(folder, file)]);
}

test('every alert has a case in which it fires, and one in which it does not', async () => {
  const folder = join(chartFolder, 'files', 'alerts');
  const texts = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')));
  const alerts = texts.flatMap((text) => (parse(text) as readonly Rule[]).map(({ alert }) => alert)).toSorted();
  const { tests } = parse(await readFile(cases, 'utf8')) as Cases;
  const looks = tests.flatMap(({ alert_rule_test }) => alert_rule_test);
  const named = (fires: boolean): readonly string[] => [
    ...new Set(looks.filter((look) => (look.exp_alerts !== undefined) === fires).map(({ alertname }) => alertname)),
  ];
  expect([named(true).toSorted(), named(false).toSorted()]).toEqual([alerts, alerts]);
});

// By night: promtool takes minutes to build, once.
describe.each(variants(['promtool'], []))('by %s', () => {
  beforeAll(async () => {
    const objects = await helm().template({ metrics: { prometheusRule: { enabled: true } } });
    const object = objects.find(({ kind }) => kind === 'PrometheusRule');
    rendered = (object as Rendered & { readonly spec: Groups }).spec;
    await promtool(['--version']);
  }, building);

  test('Prometheus takes the alerts of the chart, and finds nothing to say about them', async () => {
    const { code, stdout, stderr } = await overAlerts(['check', 'rules', '--lint=all', '--lint-fatal'], 'rules.yaml');
    expect(code, `${stdout}${stderr}`).toBe(0);
    expect(stdout).toContain(`SUCCESS: ${rendered.groups.flatMap(({ rules }) => rules).length} rules found`);
  });

  test('each alert fires when it is to and at no other time, and says what it is to say', async () => {
    const { code, stdout, stderr } = await overAlerts(['test', 'rules'], 'cases.yaml');
    expect(code, `${stdout}${stderr}`).toBe(0);
  });

  test.each([
    ['never fires', 'vector(1) < 0'],
    ['always fires', 'vector(1)'],
  ])('that an alert %s is found, whichever it is', async (_what, expr) => {
    const { code, stdout, stderr } = await overAlerts(['test', 'rules'], 'cases.yaml', expr);
    expect(code).toBe(1);
    const found = new Set([...`${stdout}${stderr}`.matchAll(/alertname: (\w+)/g)].map(([, name = '']) => name));
    const names = rendered.groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));
    expect([...found].toSorted()).toEqual(names.toSorted());
  });
});
