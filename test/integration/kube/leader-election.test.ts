import { describe, expect, test } from 'vitest';

import { configMaps, leases } from '../../../kube/builtin.ts';
import { testCluster, uniqueNamespace } from '../../cluster/testing.ts';
import { variants } from '../../harness/matrix.ts';
import { connect, eventually, nextAct } from './cluster.ts';
import { startManager, turns } from './managers.ts';
import { relayed } from './relayed.ts';

const exitedNonZero = 1;

describe('of two managers', () => {
  test('one leads, and when it is killed (-9) the other takes over after the lease has run out', async () => {
    const { kubeconfigPath } = testCluster();
    const namespace = await uniqueNamespace();
    const client = connect(kubeconfigPath);
    const a = startManager(kubeconfigPath, namespace, 'a');
    await a.printed('leading');
    const b = startManager(kubeconfigPath, namespace, 'b');
    await nextAct(client, namespace, 'a');
    a.signal('SIGKILL');
    expect(await a.exited).toBe(null);
    await b.printed('leading');
    await nextAct(client, namespace, 'b');
    expect(await turns(client, namespace)).toEqual(['a', 'b']);
    const lease = await client.get(leases, { namespace, name: 'test-manager' });
    expect(lease.spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1, leaseDurationSeconds: 6 });
  });

  test('the leader told to end (SIGTERM) lets the lease go: the other need not wait for it to run out', async () => {
    const { kubeconfigPath } = testCluster();
    const namespace = await uniqueNamespace();
    const client = connect(kubeconfigPath);
    const a = startManager(kubeconfigPath, namespace, 'a');
    await a.printed('leading');
    await nextAct(client, namespace, 'a');
    a.signal('SIGTERM');
    expect(await a.exited).toBe(0);
    expect((await client.get(leases, { namespace, name: 'test-manager' })).spec.holderIdentity).toBe('');
    const b = startManager(kubeconfigPath, namespace, 'b');
    await b.printed('leading');
    await nextAct(client, namespace, 'b');
    expect(await turns(client, namespace)).toEqual(['a', 'b']);
    b.signal('SIGTERM');
    expect(await b.exited).toBe(0);
  });

  test('the standby told to end (SIGTERM) ends, and the leader goes on', async () => {
    const { kubeconfigPath } = testCluster();
    const namespace = await uniqueNamespace();
    const client = connect(kubeconfigPath);
    const a = startManager(kubeconfigPath, namespace, 'a');
    await a.printed('leading');
    const b = startManager(kubeconfigPath, namespace, 'b');
    await client.create(configMaps, { metadata: { namespace, name: 'job-1', labels: { job: '' } } });
    await b.printed('seen job-1');
    b.signal('SIGTERM');
    expect(await b.exited).toBe(0);
    expect(b.lines()).not.toContain('leading');
    await nextAct(client, namespace, 'a');
    expect((await client.get(leases, { namespace, name: 'test-manager' })).spec.holderIdentity).toBe('a');
  });

  test('the leader that was paused (SIGSTOP) past its lease and resumed exits, and acts no more', async () => {
    const { kubeconfigPath } = testCluster();
    const namespace = await uniqueNamespace();
    const client = connect(kubeconfigPath);
    const a = startManager(kubeconfigPath, namespace, 'a');
    await a.printed('leading');
    const b = startManager(kubeconfigPath, namespace, 'b');
    await nextAct(client, namespace, 'a');
    a.signal('SIGSTOP');
    await b.printed('leading');
    await nextAct(client, namespace, 'b');
    // Work that it would find to do if it still thought that it leads.
    await client.create(configMaps, { metadata: { namespace, name: 'job-1', labels: { job: '' } } });
    a.signal('SIGCONT');
    expect(await a.exited).toBe(exitedNonZero);
    expect(a.lines().at(-1)).toContain('lost the lease');
    const job = await eventually(client, configMaps, namespace, ({ data }) => data?.['doneBy'] !== undefined);
    expect(job.data).toEqual({ doneBy: 'b' });
    await nextAct(client, namespace, 'b');
    expect(await turns(client, namespace)).toEqual(['a', 'b']);
  });

  test.for(variants<'silence' | 'refuse'>(['silence', 'refuse'], ['silence']))(
    'the leader cut off from the API server (%s) exits, and only then the other acts',
    async (fault) => {
      const { kubeconfigPath } = testCluster();
      const namespace = await uniqueNamespace();
      const client = connect(kubeconfigPath);
      const { relay, path } = await relayed(kubeconfigPath);
      const a = startManager(path, namespace, 'a');
      await a.printed('leading');
      const b = startManager(kubeconfigPath, namespace, 'b');
      await nextAct(client, namespace, 'a');
      await relay[fault]();
      expect(await a.exited).toBe(exitedNonZero);
      await b.printed('leading');
      await nextAct(client, namespace, 'b');
      expect(await turns(client, namespace)).toEqual(['a', 'b']);
    },
  );
});

describe('a manager told to end (SIGTERM)', () => {
  test('finishes the pass under way, begins no other one, and exits with 0', async () => {
    const { kubeconfigPath } = testCluster();
    const namespace = await uniqueNamespace();
    const client = connect(kubeconfigPath);
    const manager = startManager(kubeconfigPath, namespace, 'a');
    await client.create(configMaps, {
      metadata: { namespace, name: 'under-way', labels: { job: '' } },
      data: { wait: 'yes' },
    });
    await manager.printed('started under-way');
    manager.signal('SIGTERM');
    await manager.printed('stopping');
    await client.create(configMaps, { metadata: { namespace, name: 'too-late', labels: { job: '' } } });
    await manager.printed('seen too-late');
    manager.tell('go on');
    expect(await manager.exited).toBe(0);
    expect((await client.get(configMaps, { namespace, name: 'under-way' })).data).toMatchObject({ doneBy: 'a' });
    expect((await client.get(configMaps, { namespace, name: 'too-late' })).data).toBe(undefined);
    expect(manager.lines()).not.toContain('started too-late');
    // It led to the end of the pass, and nobody has to wait afterwards.
    expect((await client.get(leases, { namespace, name: 'test-manager' })).spec.holderIdentity).toBe('');
  });
});
