import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { expect, onTestFinished, test } from 'vitest';

import { configMaps } from '../../../kube/builtin.ts';
import { startControlPlane } from '../../cluster/control-plane.ts';
import { testCluster, uniqueNamespace } from '../../cluster/testing.ts';
import { amount, nightly, patience } from '../../harness/matrix.ts';
import { connect } from './cluster.ts';

const count = amount(1000, 30_000);
/**
 * KiB. Node with the Kubernetes client takes some 150 MiB; the objects themselves, as text in one answer, would be 40
 * MiB more, and parsed as much again.
 */
const enough = 400 * 1024;

/**
 * So many objects get a control plane of their own: nobody else's list gets longer, and nothing is left to delete one
 * by one.
 */
async function roomyPlace(): Promise<{ readonly kubeconfigPath: string; readonly namespace: string }> {
  if (!nightly) return { kubeconfigPath: testCluster().kubeconfigPath, namespace: await uniqueNamespace() };
  const plane = await startControlPlane({ components: { controllerManager: false, scheduler: false, kwok: false } });
  onTestFinished(() => plane.stop());
  return { kubeconfigPath: plane.kubeconfigPath, namespace: 'default' };
}

test(
  'many objects are listed in pages of 100, completely, with bounded memory',
  { timeout: patience(120_000) },
  async () => {
    const { kubeconfigPath, namespace } = await roomyPlace();
    const client = connect(kubeconfigPath, { connections: 20 });
    const data = { text: 'x'.repeat(1000) };
    let next = 0;
    const create = async (): Promise<void> => {
      for (let index = next++; index < count; index = next++)
        await client.create(configMaps, { metadata: { namespace, labels: { many: '' }, name: `many-${index}` }, data });
    };
    await Promise.all(Array.from({ length: 40 }, create));

    const program = join(import.meta.dirname, 'fixtures', 'lister.ts');
    const { stdout } = await promisify(execFile)(process.execPath, [program, kubeconfigPath, namespace, 'many']);
    const listed = JSON.parse(stdout) as {
      readonly size: number;
      readonly names: number;
      readonly lists: number;
      readonly maxMemory: number;
    };
    expect(listed).toMatchObject({ size: count, names: count, lists: count / 100 });
    expect(listed.maxMemory).toBeLessThan(enough);
    console.log(
      `${count} ConfigMaps listed in ${listed.lists} pages; at most ${Math.round(listed.maxMemory / 1024)} MiB`,
    );
  },
);
