import { expect, test } from 'vitest';

import { capacityOf } from '../../../../controllers/clusterstage/capacity.ts';
import type { Node } from '../../../../kube/builtin.ts';
import type { CSIStorageCapacity, PersistentVolume } from '../../../../kube/storage.ts';
import type { Pod } from '../../../../kube/workloads.ts';

const node: Node = { metadata: { name: 'node-a' }, status: { capacity: { 'ephemeral-storage': '100Gi' } } };
const pod: Pod = {
  metadata: { name: 'pod' },
  spec: {
    nodeName: 'node-a',
    containers: [{ name: 'main', image: 'none', resources: { requests: { 'ephemeral-storage': '2Gi' } } }],
  },
};

function told(storageClassName: string, zone: string, capacity: string | undefined): CSIStorageCapacity {
  return {
    metadata: { namespace: 'driver', name: `${storageClassName}-${zone}` },
    storageClassName,
    nodeTopology: { matchLabels: { zone } },
    ...(capacity === undefined ? {} : { capacity }),
  };
}

function volume(storageClassName: string, storage: string, phase = 'Bound'): PersistentVolume {
  return { metadata: { name: 'volume' }, spec: { storageClassName, capacity: { storage } }, status: { phase } };
}

const nothing = { capacities: [], volumes: [], nodes: [node], pods: [pod] };

test('what drivers can still give and the bound volumes of the same classes are the storage of the cluster', () => {
  const capacities = [told('fast', 'a', '90Ti'), told('fast', 'b', '9Ti')];
  const volumes = [volume('fast', '512Gi'), volume('fast', '512Gi'), volume('fast', '7Ti', 'Available')];
  expect(capacityOf({ ...nothing, capacities, volumes })).toEqual({ total: '100Ti', used: '1Ti' });
});

test('volumes of a class of which no driver tells anything do not count', () => {
  const volumes = [volume('elsewhere', '5Ti'), { metadata: { name: 'by hand' }, status: { phase: 'Bound' } }];
  expect(capacityOf({ ...nothing, capacities: [told('fast', 'a', '1Ti')], volumes })).toEqual({
    total: '1Ti',
    used: '0',
  });
});

test('a pool that several classes share is there once, and two pools of one zone twice', () => {
  const capacities = [told('fast', 'a', '10Ti'), told('fast-kept', 'a', '10Ti'), told('slow', 'a', '20Ti')];
  expect(capacityOf({ ...nothing, capacities })).toEqual({ total: '30Ti', used: '0' });
});

test('where no driver can tell, the nodes have what the cluster has, and pods have asked for what is used', () => {
  const ended: Pod = { ...pod, status: { phase: 'Succeeded' } };
  for (const capacities of [[], [told('fast', 'a', undefined)]])
    expect(capacityOf({ ...nothing, capacities, volumes: [volume('fast', '1Ti')], pods: [pod, ended] })).toEqual({
      total: '100Gi',
      used: '2Gi',
    });
});

test('what is no quantity counts for nothing', () => {
  expect(capacityOf({ ...nothing, capacities: [told('fast', 'a', 'much'), told('fast', 'b', '1Ti')] })).toEqual({
    total: '1Ti',
    used: '0',
  });
});
