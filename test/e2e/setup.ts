import type { TestProject } from 'vitest/node';
import { imagesFolder, makeImages } from '../images/images.ts';
import { startKind } from './kind.ts';
import { startLocal } from './local.ts';
import type { Running } from './local.ts';
import { clusterKind } from './options.ts';

let running: Running | undefined;

function log(line: string): void {
  console.log(`e2e: ${line}`);
}

/** Runs once before the tests: nodes with both images, and SSH hosts. */
export async function setup(project: Pick<TestProject, 'provide'>): Promise<void> {
  const start = clusterKind(process.env) === 'kind' ? startKind : startLocal;
  running = await start(() => makeImages(imagesFolder, log), log);
  project.provide('e2e', running.cluster);
}

export async function teardown(): Promise<void> {
  await running?.stop();
}
