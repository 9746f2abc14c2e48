import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { configMaps, namespaces } from '../../../kube/builtin.ts';
import { EventRecorder } from '../../../kube/events.ts';
import { IdCounter } from '../../../kube/ids.ts';
import type { KubeObject, ResourceType } from '../../../kube/objects.ts';
import { testCluster, uniqueNamespace } from '../../cluster/testing.ts';
import { recordingLog } from '../../harness/faults/records.ts';
import { connect, eventually } from './cluster.ts';
import { gadgets, installGadgets } from './gadgets.ts';

interface WrittenEvent extends KubeObject {
  readonly reason?: string;
  readonly note?: string;
  readonly type?: string;
  readonly action?: string;
  readonly reportingController?: string;
  readonly series?: { readonly count: number };
  readonly regarding?: { readonly kind?: string; readonly name?: string; readonly uid?: string };
}

const events: ResourceType<WrittenEvent> = {
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
};

beforeAll(installGadgets);

describe('ids from one counter', () => {
  test('taken by several processes at once are each given once, without a gap, and rise for each caller', async () => {
    const { kubeconfigPath } = testCluster();
    const namespace = await uniqueNamespace();
    const program = join(import.meta.dirname, 'fixtures', 'ids.ts');
    const run = promisify(execFile);
    const outputs = await Promise.all(
      [1, 2, 3].map(() => run(process.execPath, [program, kubeconfigPath, namespace, 'counter', '40'])),
    );
    const taken = outputs.map(({ stdout }) => JSON.parse(stdout) as number[]);
    expect(taken.flat().toSorted((one, other) => one - other)).toEqual(
      Array.from({ length: 120 }, (_, index) => index + 1),
    );
    for (const ids of taken) expect(ids).toEqual(ids.toSorted((one, other) => one - other));
  });

  test('are refused when the counter was damaged, rather than given a second time', async () => {
    const namespace = await uniqueNamespace();
    const client = connect(testCluster().kubeconfigPath);
    await client.create(configMaps, { metadata: { namespace, name: 'counter' }, data: { last: '' } });
    await expect(new IdCounter(client, namespace, 'counter').next()).rejects.toThrow(
      `ConfigMap ${namespace}/counter: data.last must be the last id given`,
    );
  });
});

describe('events', () => {
  test('are written on the object, and a repeated one as one event with a count', async () => {
    const namespace = await uniqueNamespace();
    const client = connect(testCluster().kubeconfigPath);
    const { log, records } = recordingLog();
    const recorder = new EventRecorder(client, { controller: 'kube.test/tests', instance: 'tests-1', log });
    const gadget = await client.create(gadgets, { metadata: { namespace, name: 'g' } });
    const waiting = {
      type: 'Normal',
      reason: 'Waiting',
      action: 'Reconcile',
      note: 'waiting for the gadget h',
    } as const;
    recorder.record(gadgets, gadget, waiting);
    await eventually(client, events, namespace, ({ reason }) => reason === 'Waiting');
    for (let time = 0; time < 4; time += 1) recorder.record(gadgets, gadget, waiting);
    recorder.record(gadgets, gadget, {
      type: 'Warning',
      reason: 'Failed',
      action: 'Reconcile',
      note: 'x'.repeat(5000),
    });
    await recorder.close();
    const { items } = await client.list(events, { namespace });
    expect(items).toHaveLength(2);
    const first = items.find(({ reason }) => reason === 'Waiting');
    expect(first).toMatchObject({
      type: 'Normal',
      action: 'Reconcile',
      note: waiting.note,
      reportingController: 'kube.test/tests',
      series: { count: 5 },
    });
    expect(first?.regarding).toMatchObject({ kind: 'Gadget', name: 'g', uid: gadget.metadata.uid });
    expect(records).toEqual([]);
  });

  test('on an object without a namespace are written to the namespace default', async () => {
    const name = await uniqueNamespace();
    const client = connect(testCluster().kubeconfigPath);
    const { log, records } = recordingLog();
    const recorder = new EventRecorder(client, { controller: 'kube.test/tests', instance: 'tests-1', log });
    const namespace = await client.get(namespaces, { name });
    recorder.record(namespaces, namespace, { type: 'Normal', reason: 'Seen', action: 'Look', note: 'looked at it' });
    await recorder.close();
    const event = await eventually(
      client,
      events,
      'default',
      ({ regarding }) => regarding?.uid === namespace.metadata.uid,
    );
    onTestFinished(() => client.delete(events, event.metadata));
    expect(event.reason).toBe('Seen');
    expect(records).toEqual([]);
  });
});
