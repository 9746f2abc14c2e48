import { describe, expect, test } from 'vitest';

import { addDeployGroup } from '../../../controllers/deploygroup/controller.ts';
import { idLabel } from '../../../crds/labels.ts';
import { deployGroups, type DeployGroup, type DeployGroupSpec } from '../../../crds/types/deploygroup.ts';
import { systemClock } from '../../../kube/clock.ts';
import { findCondition } from '../../../kube/conditions.ts';
import {
  crashAtEveryStep,
  crashIntoThePast,
  dropEveryEvent,
  withLaggingCache,
  type Scenario,
} from '../../harness/crash.ts';
import { startController } from '../../harness/controller.ts';
import { makePlace, removePlace, type Place } from '../../harness/place.ts';
import { until } from '../../harness/wait.ts';
import { clientForFile } from '../kube/cluster.ts';

const client = clientForFile();

const good: DeployGroupSpec = { type: 'List', list: [{ hosts: ['a', 'b'] }, { hosts: ['c'] }] };
/** The API server takes it, and no controller can resolve it. */
const bad: DeployGroupSpec = { type: 'List', list: [{ hosts: ['a'] }, { hosts: ['a'] }] };
const percent = { type: 'Percent', list: null, nodes: { names: ['a', 'b', 'c', 'd'] }, percent: ['1', '50%'] };

async function make({ namespace }: Place, name: string, labels: Readonly<Record<string, string>> = {}): Promise<void> {
  await client.create(deployGroups, {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'DeployGroup',
    metadata: { namespace, name, labels },
    spec: good,
  });
}

/** Resolves when the controller has said this of the spec as it is now. */
async function stands({ namespace }: Place, name: string, type: 'Ready' | 'Stalled'): Promise<DeployGroup> {
  return until(client, deployGroups, { namespace, name }, ([group]) => {
    const seen = group?.status?.observedGeneration === group?.metadata.generation;
    return seen && findCondition(group?.status?.conditions, type)?.status === 'True' ? group : undefined;
  });
}

async function change({ namespace }: Place, name: string, spec: object): Promise<void> {
  await client.mergePatch(deployGroups, { namespace, name }, { spec });
}

/** Three groups: one is changed to what cannot be resolved and on, one is a copy, and one is deleted half-way. */
const scenario: Scenario<Place> = {
  async begin() {
    const place = await makePlace(client);
    await make(place, 'web');
    return place;
  },
  start: ({ namespace }, faulty) =>
    startController(faulty, client, ({ manager, events }) => {
      const common = { client: faulty, events, clock: systemClock };
      addDeployGroup(manager, { ...common, systemNamespace: namespace, namespace });
    }),
  async finished(place) {
    const { metadata } = await stands(place, 'web', 'Ready');
    await change(place, 'web', bad);
    await make(place, 'copy', { [idLabel]: metadata.labels?.[idLabel] ?? '' });
    await make(place, 'gone');
    await client.delete(deployGroups, { namespace: place.namespace, name: 'gone' });
    await stands(place, 'web', 'Stalled');
    await change(place, 'web', percent);
    await stands(place, 'web', 'Ready');
    await stands(place, 'copy', 'Ready');
    // The label comes by a write of its own.
    await until(client, deployGroups, place, (all) => (idsOf(all).size === 2 ? true : undefined));
  },
  async check({ namespace }) {
    const { items } = await client.list(deployGroups, { namespace });
    expect(items.map(({ metadata }) => metadata.name)).toEqual(['copy', 'web']);
    expect(idsOf(items).size).toBe(2);
    const [copy, web] = items.map(({ status }) => status?.batches?.map(({ hosts }) => hosts));
    expect(copy).toEqual([['a', 'b'], ['c']]);
    expect(web).toEqual([['a'], ['b', 'c'], ['d']]);
    expect(items[1]?.status).not.toHaveProperty('message');
  },
  end: (place) => removePlace(client, place),
};

function idsOf(groups: readonly DeployGroup[]): ReadonlySet<string> {
  return new Set(groups.flatMap(({ metadata }) => metadata.labels?.[idLabel] ?? []));
}

describe('every group is resolved as it was written last and has an id of its own, a deleted one is gone,', () => {
  test('when the controller dies at each of its steps', async () => {
    const steps = await crashAtEveryStep(scenario, { client });
    expect(steps).toContain('mergePatch deploygroups');
  });

  test('when it is shown the past after that', async () => {
    expect(await crashIntoThePast(scenario, { client })).toContain('mergePatch deploygroups');
  });

  test('when it misses any event', async () => {
    expect(await dropEveryEvent(scenario, { client })).toBeGreaterThan(0);
  });

  test('when its cache lags', async () => {
    expect(await withLaggingCache(scenario, { client }, 400)).toContain('mergePatch deploygroups');
  });
});
