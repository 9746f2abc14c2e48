import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { parse } from 'yaml';

export const argocdFolder = join(import.meta.dirname, '..', '..', 'integrations', 'argocd');

/** Kinds with a health check. */
export const checkedKinds = [
  'AgentTask',
  'ClusterStage',
  'DeployGroup',
  'RollingUpgrade',
  'StorageZone',
  'VolumeRecovery',
] as const;

export type CheckedKind = (typeof checkedKinds)[number];

/** The folder of a kind as Argo CD's own repository lays them out. */
export function customizationOf(kind: CheckedKind): string {
  return join(argocdFolder, 'resource_customizations', 'fleetwright.io', kind);
}

/** One entry of a health_test.yaml. */
export interface HealthTest {
  readonly inputPath: string;
  readonly healthStatus: { readonly status: string; readonly message: string };
}

export async function healthScript(kind: CheckedKind): Promise<string> {
  return readFile(join(customizationOf(kind), 'health.lua'), 'utf8');
}

export async function healthTests(kind: CheckedKind): Promise<readonly HealthTest[]> {
  const { tests }: { readonly tests: readonly HealthTest[] } = parse(
    await readFile(join(customizationOf(kind), 'health_test.yaml'), 'utf8'),
  );
  return tests;
}

/** An object of testdata/, by its path in a health_test.yaml. */
export async function recorded(kind: CheckedKind, inputPath: string): Promise<object> {
  const object: object = parse(await readFile(join(customizationOf(kind), inputPath), 'utf8'));
  return object;
}
