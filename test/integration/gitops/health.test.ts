import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';

import { Assessor } from '../../gitops/assessor.ts';
import { argocdFolder, customization, healthScript, healthTests, recorded } from '../../gitops/customization.ts';

/** The program in Go is built where it is not in the cache, with others building beside it. */
const building = 1_200_000;
const tests = await healthTests();
const script = await healthScript();
let assessor: Assessor;

beforeAll(async () => {
  assessor = await Assessor.open();
}, building);
afterAll(() => assessor.close());

test.each(tests)('$inputPath is $healthStatus.status to Argo CD', async ({ inputPath, healthStatus }) => {
  expect(await assessor.health(await recorded(inputPath), script)).toEqual(healthStatus);
});

test('every recording has its health in health_test.yaml', async () => {
  const files = (await readdir(join(customization, 'testdata'))).map((name) => `testdata/${name}`);
  expect(tests.map(({ inputPath }) => inputPath).toSorted()).toEqual(files.toSorted());
});

test('the patch for argocd-cm has the script as it is', async () => {
  const patch: { readonly data: Readonly<Record<string, string>> } = parse(
    await readFile(join(argocdFolder, 'argocd-cm.yaml'), 'utf8'),
  );
  expect(patch.data).toEqual({ 'resource.customizations.health.fleetwright.io_AgentTask': script });
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
        script,
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
