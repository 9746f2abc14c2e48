import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';

import { Assessor } from '../../gitops/assessor.ts';
import {
  argocdFolder,
  checkedKinds,
  customizationOf,
  healthScript,
  healthTests,
  recorded,
  type CheckedKind,
} from '../../gitops/customization.ts';

/** The program in Go is built where it is not in the cache, with others building beside it. */
const building = 1_200_000;
const scripts = new Map(
  await Promise.all(checkedKinds.map(async (kind): Promise<[CheckedKind, string]> => [kind, await healthScript(kind)])),
);
const tests = (
  await Promise.all(checkedKinds.map(async (kind) => (await healthTests(kind)).map((each) => ({ kind, ...each }))))
).flat();
let assessor: Assessor;

beforeAll(async () => {
  assessor = await Assessor.open();
}, building);
afterAll(() => assessor.close());

test.each(tests)('$kind $inputPath is $healthStatus.status to Argo CD', async ({ kind, inputPath, healthStatus }) => {
  expect(await assessor.health(await recorded(kind, inputPath), scripts.get(kind) ?? '')).toEqual(healthStatus);
});

test.each(checkedKinds)('every recording of %s has its health in health_test.yaml', async (kind) => {
  const files = (await readdir(join(customizationOf(kind), 'testdata'))).map((name) => `testdata/${name}`);
  const own = tests.filter((each) => each.kind === kind).map(({ inputPath }) => inputPath);
  expect(own.toSorted()).toEqual(files.toSorted());
});

test.each([
  ['new', 'InProgress'],
  ['waiting-for-turn', 'InProgress'],
  ['upgrade-failed', 'Failed'],
  ['upgraded', 'Current'],
  ['in-service', 'Current'],
  ['draining', 'InProgress'],
  ['blocked', 'Failed'],
  ['out-of-service', 'Current'],
  ['paused', 'InProgress'],
  ['dry-run', 'Current'],
  ['asked-anew', 'InProgress'],
  ['deleting', 'Terminating'],
])('a ClusterStage that is %s is %s to kstatus', async (name, status) => {
  expect((await assessor.kstatus(await recorded('ClusterStage', `testdata/${name}.yaml`))).status).toBe(status);
});

test.each([
  ['new', 'InProgress'],
  ['resolved', 'Current'],
  ['unresolvable', 'Failed'],
  ['changed', 'InProgress'],
])('a DeployGroup that is %s is %s to kstatus', async (name, status) => {
  expect((await assessor.kstatus(await recorded('DeployGroup', `testdata/${name}.yaml`))).status).toBe(status);
});

const kstatus = { Progressing: 'InProgress', Healthy: 'Current', Degraded: 'Failed' } as const;

test.each(tests.filter(({ kind }) => kind === 'RollingUpgrade'))(
  '$kind $inputPath is to kstatus what it is to Argo CD',
  async ({ kind, inputPath, healthStatus: { status } }) => {
    const { status: found } = await assessor.kstatus(await recorded(kind, inputPath));
    const special = { 'testdata/deleting.yaml': 'Terminating', 'testdata/preflight-failed.yaml': 'Failed' }[inputPath];
    const dry = { 'testdata/dry-run.yaml': 'Current', 'testdata/paused.yaml': 'InProgress' }[inputPath];
    expect(found).toBe(special ?? dry ?? kstatus[status as keyof typeof kstatus]);
  },
);

test('the patch for argocd-cm has the scripts as they are', async () => {
  const patch: { readonly data: Readonly<Record<string, string>> } = parse(
    await readFile(join(argocdFolder, 'argocd-cm.yaml'), 'utf8'),
  );
  const keys = [...scripts].map(([kind, script]) => [`resource.customizations.health.fleetwright.io_${kind}`, script]);
  expect(patch.data).toEqual(Object.fromEntries(keys));
});

describe('what no recording shows', () => {
  const metadata = { name: 'any', generation: 3 };
  const of = async (status?: object): Promise<string> =>
    (
      await assessor.health(
        {
          apiVersion: 'fleetwright.io/v1alpha1',
          kind: 'AgentTask',
          metadata,
          ...(status === undefined ? {} : { status }),
        },
        scripts.get('AgentTask') ?? '',
      )
    ).status;
  const stalled = [
    { type: 'Ready', status: 'False', reason: 'SecretNotFound', message: '' },
    { type: 'Stalled', status: 'True', reason: 'SecretNotFound', message: '' },
  ];

  test.each([
    ['no status', undefined],
    ['an empty status', {}],
    ['no conditions', { observedGeneration: 3, phase: 'Running' }],
    ['a status that speaks of an older spec', { observedGeneration: 2, phase: 'Pending', conditions: stalled }],
  ])('a task with %s is under way', async (_what, status) => {
    expect(await of(status)).toBe('Progressing');
  });

  test('an end is final, whatever was changed since', async () => {
    expect(await of({ observedGeneration: 2, phase: 'Succeeded', conditions: [] })).toBe('Healthy');
    expect(await of({ observedGeneration: 2, phase: 'Stopped', conditions: [] })).toBe('Degraded');
  });
});

test('a script that fails, or says what Argo CD does not know, is an error and not a health', async () => {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'any' } };
  await expect(assessor.health(object, 'return 1')).rejects.toThrow('returns a number');
  await expect(assessor.health(object, 'return { status = "Fine" }')).rejects.toThrow('"Fine"');
  await expect(assessor.health(object, 'return string.sub("a", 1)')).rejects.toThrow('nil');
  await expect(assessor.health(object, 'while true do end')).rejects.toThrow('deadline');
});
