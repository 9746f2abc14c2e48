import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { configMaps, leases } from '../../../kube/builtin.ts';
import { testCluster, uniqueNamespace } from '../../cluster/testing.ts';
import { connect, eventually } from './cluster.ts';

const program = join(import.meta.dirname, 'fixtures', 'example.ts');

test('the README shows the example that runs here, line by line', async () => {
  const readme = await readFile(join(import.meta.dirname, '../../../kube/README.md'), 'utf8');
  const example = (await readFile(program, 'utf8')).replaceAll('../../../../kube/', './kube/');
  expect(/```ts\n(?<code>.*?)```/s.exec(readme)?.groups?.['code']).toBe(example);
});

test('the example of the README counts, counts again after a change, and ends on SIGTERM', async () => {
  const { kubeconfigPath } = testCluster();
  const namespace = await uniqueNamespace();
  const client = connect(kubeconfigPath);
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, KUBECONFIG: kubeconfigPath },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await client.delete(leases, { namespace: 'default', name: 'key-counter' }).catch(() => undefined);
  });
  const key = { namespace, name: 'counted' };
  await client.create(configMaps, { metadata: { ...key, labels: { 'count-keys': '' } }, data: { a: '1', b: '2' } });
  const counts = (keys: string) =>
    eventually(
      client,
      configMaps,
      namespace,
      ({ metadata }) => metadata.name === 'counted' && metadata.annotations?.['keys'] === keys,
    );
  await counts('2');
  await client.mergePatch(configMaps, key, { data: { c: '3' } });
  await counts('3');
  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number | null];
  expect(code).toBe(0);
  expect((await client.get(leases, { namespace: 'default', name: 'key-counter' })).spec.holderIdentity).toBe('');
});
