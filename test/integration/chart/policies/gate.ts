import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';

import { closedBy, denialBy, gatedResources } from '../../../../crds/gate.ts';
import { stagesOf } from '../../../../crds/stages.ts';
import type { ClusterStage, ClusterStageSpec, ClusterStageStatus } from '../../../../crds/types/clusterstage.ts';
import { controllers } from '../../../chart/guarded.ts';
import { site } from './site.ts';

const examples = join(import.meta.dirname, '..', '..', '..', '..', 'examples');
const denied = denialBy('support');
/** Without it no upgrade of the cluster can be asked for. */
const upgrade = { taskTemplate: { namespace: 'default', spec: { content: '- hosts: all\n' } } };
const resource = ['clusterstage', 'cluster'];

/** The first object of an example, in the namespace default. */
async function example(name: string): Promise<object> {
  const object = parse(await readFile(join(examples, `${name}.yaml`), 'utf8')) as { readonly metadata: object };
  return { ...object, metadata: { ...object.metadata, namespace: 'default' } };
}

async function stage(spec: Partial<ClusterStageSpec>): Promise<ClusterStage> {
  await site().apply([
    {
      apiVersion: 'fleetwright.io/v1alpha1',
      kind: 'ClusterStage',
      metadata: { name: 'cluster' },
      spec: { scope: 'Cluster', stage: 'running', upgrade, ...spec },
    },
  ]);
  return JSON.parse(await site().kubectl(['get', ...resource, '-o', 'json'])) as ClusterStage;
}

/** Writes a status as the controllers do. */
async function status(change: ClusterStageStatus): Promise<ClusterStage> {
  const patch = JSON.stringify({ status: change });
  await site().kubectl(['patch', ...resource, '--subresource=status', '--type=merge', '-p', patch]);
  return JSON.parse(await site().kubectl(['get', ...resource, '-o', 'json'])) as ClusterStage;
}

async function refusal(user: string, name: string): Promise<string> {
  return (await site().create(user, await example(name))).stderr;
}

async function isClosed(): Promise<boolean> {
  return (await refusal('ann', 'agenttask-hosts')).includes('denied');
}

describe('the gate', () => {
  beforeAll(async () => {
    await stage({ stage: 'support' });
    await site().inForce(async () => site().create('ann', await example('agenttask-hosts')), denied);
  });
  afterAll(async () => {
    await site().kubectl(['delete', ...resource, '--ignore-not-found']);
  });

  test.each([
    ['a task', 'agenttask-hosts'],
    ['a run on a DeployGroup', 'agenttask-group'],
    ['an upgrade', 'rollingupgrade'],
    ['a recovery', 'volumerecovery'],
  ])('keeps %s from being made, whoever makes it, and tells why', async (_, name) => {
    for (const user of ['ann', 'break-glass']) {
      const stderr = await refusal(user, name);
      expect(stderr).toContain('Error from server (Forbidden)');
      expect(stderr).toContain(denied);
    }
    // They go on with what was let through.
    expect(await refusal(controllers, name)).toBe('');
  });

  test('lets through whom the stage names, as user or by a group, and nobody else', async () => {
    await stage({ stage: 'support', gate: { users: ['ann'] } });
    expect(await refusal('ann', 'agenttask-hosts')).toBe('');
    expect(await refusal('tenant', 'agenttask-hosts')).toContain(denied);
    await stage({ stage: 'support', gate: { groups: ['system:authenticated'] } });
    expect(await refusal('tenant', 'agenttask-hosts')).toBe('');
  });

  test('leaves what is there to be read, changed and deleted, and other objects to be made', async () => {
    await stage({ stage: 'running' });
    await site().apply([await example('agenttask-hosts')]);
    const { metadata } = (await example('agenttask-hosts')) as ClusterStage;
    await stage({ stage: 'support' });
    const task = ['agenttask', metadata.name, '-n', 'default'];
    expect((await site().plane.kubectl(['get', ...task, '--as=ann'])).code).toBe(0);
    expect(await site().patch('ann', task, { spec: { stop: true } })).toMatchObject({ code: 0, stderr: '' });
    expect(await site().attempt('ann', ['delete', ...task])).toMatchObject({ code: 0 });
    expect(await refusal('ann', 'deploygroup')).toBe('');
    await site().kubectl(['delete', ...task]);
  });

  test('goes by the stage that was asked for, and then by the one that was reached', async () => {
    for (const asked of stagesOf('Cluster')) {
      const made = await stage({ stage: asked });
      expect([asked, await isClosed()]).toEqual([asked, closedBy(made) !== undefined]);
    }
    const { metadata } = await stage({ stage: 'upgrading' });
    const seen = { observedGeneration: metadata.generation ?? 0 };
    expect(closedBy(await status({ ...seen, stage: 'running' }))).toBeUndefined();
    expect(await isClosed()).toBe(false);
    expect(closedBy(await status({ ...seen, stage: 'upgrading' }))).toBe('upgrading');
    expect(await isClosed()).toBe(true);
    await status({ ...seen, stage: 'running' });
    // Another generation, at which nobody has looked.
    expect(closedBy(await stage({ stage: 'support' }))).toBe('support');
    expect(await isClosed()).toBe(true);
    // Nothing is done of it.
    expect(closedBy(await stage({ stage: 'support', dryRun: true }))).toBeUndefined();
    expect(await isClosed()).toBe(false);
  });

  test('is open where there is no stage of the whole cluster, whatever that of a node is', async () => {
    await site().kubectl(['delete', ...resource]);
    expect(await refusal('ann', 'agenttask-hosts')).toBe('');
    const node = { apiVersion: 'fleetwright.io/v1alpha1', kind: 'ClusterStage', metadata: { name: 'guarded' } };
    await site().apply([{ ...node, spec: { stage: 'support' } }]);
    expect(await refusal('ann', 'agenttask-hosts')).toBe('');
    await site().kubectl(['delete', 'clusterstage', 'guarded']);
    await stage({ stage: 'support' });
  });

  test('is about the kinds that the facade takes for operations', async () => {
    const policy = ['get', 'validatingadmissionpolicy', 'fleetwright-fleetwright-system-gate'];
    const path = 'jsonpath={.spec.matchConstraints.resourceRules[*].resources}';
    expect(JSON.parse(await site().kubectl([...policy, '-o', path]))).toEqual(gatedResources);
  });
});
