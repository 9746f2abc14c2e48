import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { addAgentTask } from '../../../controllers/agenttask/controller.ts';
import { openLocalExecutor } from '../../../controllers/agenttask/executors/local.ts';
import { localPlace } from '../../../controllers/agenttask/run/places.ts';
import type { ClaimsWorld } from '../../../controllers/shared/claims.ts';
import { claimLabel, type Holder } from '../../../controllers/shared/hostclaims.ts';
import { openClaims } from '../../../controllers/shared/open-claims.ts';
import { parentLabel } from '../../../crds/labels.ts';
import { agentTasks, type AgentTask } from '../../../crds/types/agenttask.ts';
import { configMaps, leases, namespaces, nodes, type ConfigMap } from '../../../kube/builtin.ts';
import { systemClock } from '../../../kube/clock.ts';
import { findCondition } from '../../../kube/conditions.ts';
import { EventRecorder } from '../../../kube/events.ts';
import { Manager } from '../../../kube/manager.ts';
import { removeNamespace } from '../../cluster/remove-namespace.ts';
import { clientForFile } from '../kube/cluster.ts';

const client = clientForFile();
const silent = pino({ level: 'silent' });
const namespace = `claims-${randomBytes(5).toString('hex')}`;
const nodeName = `node-${namespace}`;
const address = '203.0.113.77';
const content = `- hosts: all
  connection: local
  gather_facts: false
  tasks: [{ ansible.builtin.raw: "true" }]
`;

let folder: string;
let claims: ClaimsWorld;
let stop: () => Promise<void>;

/** ConfigMaps play a second kind: one that has the key `ended` holds nothing any more. */
function ended({ data }: ConfigMap): boolean {
  return data?.['ended'] !== undefined;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fleetwright-claims-'));
  await client.create(namespaces, { metadata: { name: namespace } });
  await client.create(nodes, { metadata: { name: nodeName } });
  await client.mergePatch(
    nodes,
    { name: nodeName },
    { status: { addresses: [{ type: 'InternalIP', address }] } },
    { subresource: 'status' },
  );
  const manager = new Manager({ client, log: silent, gracePeriod: 5000 });
  const events = new EventRecorder(client, { controller: 'fleetwright.io/test', instance: 'test', log: silent });
  claims = openClaims(manager, { namespace });
  const cache = manager.cache(configMaps, { namespace, labelSelector: 'plays=holder' });
  claims.kinds.add({
    type: configMaps,
    store: cache.store,
    hasEnded: ended,
    isOver: ended,
    waitingFor: () => [],
    waitsSince: () => '',
    letsIn: () => true,
    madeBy: () => [],
    wake: () => undefined,
  });
  addAgentTask(manager, {
    places: [localPlace(await openLocalExecutor({ stateFolder: folder }), 4)],
    events,
    clock: systemClock,
    log: silent,
    claims,
    systemNamespace: namespace,
    namespace,
    limits: { maxOutputBytes: 1_000_000 },
  });
  const stopping = new AbortController();
  const running = manager.run(stopping.signal);
  await cache.synced;
  stop = async () => {
    stopping.abort();
    await running;
    await events.close();
  };
});

afterAll(async () => {
  await stop();
  await client.delete(nodes, { name: nodeName });
  await removeNamespace(client, namespace);
  await rm(folder, { recursive: true, force: true });
});

async function holder(name: string): Promise<{ readonly object: ConfigMap; readonly holder: Holder }> {
  const object = await client.create(configMaps, { metadata: { namespace, name, labels: { plays: 'holder' } } });
  return { object, holder: { kind: 'ConfigMap', namespace, name, uid: object.metadata.uid ?? '' } };
}

async function apply(name: string, host: string, metadata: Partial<AgentTask['metadata']> = {}): Promise<void> {
  await client.create(agentTasks, {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'AgentTask',
    metadata: { ...metadata, namespace, name },
    spec: { hosts: [host], content },
  });
}

async function says(name: string): Promise<string> {
  const { status } = await client.get(agentTasks, { namespace, name });
  const ready = findCondition(status?.conditions, 'Ready');
  return `${status?.phase} ${ready?.reason}: ${ready?.message}`;
}

async function holders(): Promise<readonly (string | null | undefined)[]> {
  const { items } = await client.list(leases, { namespace, labelSelector: claimLabel });
  return items.map(({ spec }) => spec.holderIdentity);
}

async function until(name: string, expected: RegExp): Promise<void> {
  await expect.poll(() => says(name), { timeout: 100_000, interval: 200 }).toMatch(expected);
}

test("a node that another kind holds is kept, by name and by address, from all tasks but the holder's", async () => {
  const { object, holder: stage } = await holder('stage');
  await claims.hostClaims.claim(nodeName, stage);
  await apply('by-address', address);
  const words = new RegExp(`^Pending HostClaimed: host ${nodeName} is claimed by ConfigMap ${namespace}/stage$`);
  await until('by-address', words);
  await apply('child', nodeName, {
    labels: { [parentLabel]: stage.uid },
    ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'stage', uid: stage.uid, controller: true }],
  });
  await until('child', /^Succeeded/);
  // Its end has freed what it had, and not what its maker has.
  await expect.poll(holders).toEqual([stage.uid]);
  await until('by-address', words);
  await claims.hostClaims.release(nodeName, stage);
  await until('by-address', /^Succeeded/);
  await client.delete(configMaps, object.metadata);
}, 240_000);

test('the claim of a holder of another kind is taken away when the API server says that it has ended', async () => {
  const { object, holder: stage } = await holder('forgetful');
  await claims.hostClaims.claim('web-1', stage);
  await apply('waits', 'web-1');
  await until('waits', /^Pending HostClaimed/);
  // What the tasks before had is freed in the pass after their end.
  await expect.poll(holders).toEqual([stage.uid]);
  await client.mergePatch(configMaps, object.metadata, { data: { ended: 'yes' } });
  await until('waits', /^Succeeded/);
  await expect.poll(holders).toEqual([]);
}, 240_000);

test('the claim of a kind that nobody here knows is respected, and named', async () => {
  const stranger: Holder = { kind: 'VolumeRecovery', namespace, name: 'far', uid: 'u1' };
  await claims.hostClaims.claim('web-2', stranger);
  await apply('polite', 'web-2');
  await until(
    'polite',
    new RegExp(`^Pending HostClaimed: host web-2 is claimed by VolumeRecovery ${namespace}/far, a kind that these`),
  );
  await expect.poll(holders).toEqual(['u1']);
  await claims.hostClaims.release('web-2', stranger);
  await until('polite', /^Succeeded/);
}, 240_000);
