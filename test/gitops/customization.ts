import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { parse } from 'yaml';

export const argocdFolder = join(import.meta.dirname, '..', '..', 'integrations', 'argocd');

/** The folder of AgentTask as Argo CD's own repository lays them out. */
export const customization = join(argocdFolder, 'resource_customizations', 'fleetwright.io', 'AgentTask');

/** One entry of a health_test.yaml. */
export interface HealthTest {
  readonly inputPath: string;
  readonly healthStatus: { readonly status: string; readonly message: string };
}

export async function healthScript(): Promise<string> {
  return readFile(join(customization, 'health.lua'), 'utf8');
}

export async function healthTests(): Promise<readonly HealthTest[]> {
  const { tests }: { readonly tests: readonly HealthTest[] } = parse(
    await readFile(join(customization, 'health_test.yaml'), 'utf8'),
  );
  return tests;
}

/** An object of testdata/, by its path in a health_test.yaml. */
export async function recorded(inputPath: string): Promise<object> {
  const object: object = parse(await readFile(join(customization, inputPath), 'utf8'));
  return object;
}
