import { readFile, rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { secureKeyKind } from '../../apiserver/auth/secure-key.ts';
import { credentialManifests } from '../../apiserver/credential/manifests.ts';
import { stageCallers } from '../../apiserver/stage/callers.ts';
import { nightly } from '../harness/matrix.ts';
import { hostFolder } from '../hosts/hosts.ts';
import { killContainer } from './containers.ts';
import { idleRuns } from './idle.ts';
import { Installation } from './installation.ts';
import { KubectlWatch } from './kubectl-watch.ts';
import { keySecret, system } from './names.ts';
import { power } from './power.ts';
import { viaService } from './rest.ts';
import { Site } from './site.ts';
import { asBefore, askFor, podsOn, reached, stateOf, stageOf, statesOf } from './stage.ts';
import { budget, removeVolume, replicasOf, runBare, runWorkloads } from './workloads.ts';

const work = 'stages';
const site = new Site(inject('e2e'));
const installation = new Installation(site, [work]);
const key = secureKeyKind.make();
const { nodes, local } = site.e2e;
const [first = '', second = '', last = ''] = nodes;
const patience = { timeout: 400_000, interval: 200 };

/** Asks by the stage API. */
async function call(what: 'set' | 'get', argument: object): Promise<unknown> {
  const body = { 'secure-key': key.secret, argument: { Scope: 'node', ...argument } };
  const answer = await viaService(site, `/cluster/stage/${what}`, body);
  expect(answer).toMatchObject({ status: 200 });
  return answer.body;
}

/** The pods of each kind, by where they are: `app node`. */
async function running(): Promise<readonly string[]> {
  const pods = await site.pods(work);
  return pods.filter(({ ready }) => ready).map(({ raw, node }) => `${raw.metadata.labels?.['app']} ${node}`);
}

describe('A ClusterStage on real nodes', () => {
  beforeAll(async () => {
    await installation.begin();
    const common = { callers: stageCallers, namespace: system, taskNamespaces: [] };
    await site.apply(
      credentialManifests({ ...common, name: 'operator', credential: key, user: 'fleetwright:operator' }),
    );
    await runWorkloads(site, work, last);
  });
  afterAll(async () => {
    await installation.end();
    await removeVolume(site);
  });

  test('empties a node by REST, whose pods run elsewhere then, and puts it back as it was', async () => {
    const before = await stateOf(site, last);
    const there = await podsOn(site, work, last);
    expect(there.length).toBeGreaterThan(1);
    // How it is done is in the object; what is asked for comes by REST.
    await askFor(site, last, { stage: 'running' });
    expect(await call('set', { Stage: 'support', Node: last, Data: 'a new disk' })).toMatchObject({ return: 'true' });
    await reached(site, last, 'OutOfService');
    expect(await call('get', { Node: last })).toMatchObject({ entity: [{ stage: 'support', data: 'a new disk' }] });
    await idleRuns(site, work);
    await site.kubectl(['rollout', 'status', '--namespace', work, '--timeout=120s', 'statefulset/store']);
    expect(await podsOn(site, work, last)).toEqual([]);
    expect((await site.pods(work)).filter(({ raw }) => there.includes(raw.metadata.uid ?? ''))).toEqual([]);
    const now = await running();
    expect(now.filter((line) => line.startsWith('idle'))).toHaveLength(replicasOf(site));
    expect(now.filter((line) => line.startsWith('store'))).toHaveLength(1);
    // That of a DaemonSet stays, and what nobody makes anew is gone.
    expect(now).toContain(`agent ${last}`);
    expect(now.filter((line) => line.startsWith('bare'))).toEqual([]);
    expect(await stateOf(site, last)).toMatchObject({ spec: { unschedulable: true } });

    await call('set', { Stage: 'running', Node: last, Data: '' });
    await reached(site, last, 'Running');
    await asBefore(site, { [last]: before });
  });

  test('stalls with pod and budget named where the budget lets none go, and goes on when it is deleted', async () => {
    const before = await stateOf(site, first);
    const there = await podsOn(site, work, first);
    await budget(site, work, 'idle', 0);
    await askFor(site, first, { stage: 'support' });
    const { status } = await reached(site, first, 'DrainBlocked');
    expect(status?.conditions?.find(({ type }) => type === 'Stalled')).toMatchObject({ status: 'True' });
    expect(status?.progress?.nodes?.[0]?.blockedBy).toMatch(
      /^pod stages\/idle-\S+ is held by PodDisruptionBudget stages\/idle, which allows none to be away/,
    );
    expect(await podsOn(site, work, first)).toEqual(expect.arrayContaining(there.slice(0, 1)));
    await site.kubectl(['delete', 'poddisruptionbudget', '--namespace', work, 'idle']);
    await reached(site, first, 'OutOfService');
    expect(await podsOn(site, work, first)).toEqual([]);
    await budget(site, work, 'idle', 1);
    await site.kubectl(['delete', 'clusterstage', first, '--timeout=120s']);
    await asBefore(site, { [first]: before });
  });

  test('waits for a pod by its name until it has ended, and no longer, though a finalizer holds it', async () => {
    const before = await stateOf(site, second);
    await runBare(site, second, { namespace: work, name: 'held', ends: 20, finalizers: ['example.com/held'] });
    await askFor(site, second, { stage: 'support' });
    await vi.waitFor(async () => {
      const { status } = await stageOf(site, second);
      expect(status?.progress?.nodes?.[0]?.blockedBy).toBe('pod stages/held to leave the node');
    }, patience);
    await reached(site, second, 'OutOfService');
    const phase = ['get', 'pod', 'held', '--namespace', work, '-o', 'jsonpath={.status.phase}'];
    expect(await site.kubectl(phase)).toMatch(/^(Succeeded|Failed)$/);
    const noFinalizers = '{"metadata":{"finalizers":null}}';
    await site.kubectl(['patch', 'pod', 'held', '--namespace', work, '--type=merge', '--patch', noFinalizers]);
    await askFor(site, second, { stage: 'running' });
    await reached(site, second, 'Running');
    await asBefore(site, { [second]: before });
  });

  test.runIf(local !== undefined)('does not take a node for empty that was lost while a pod was leaving', async () => {
    const node = second;
    const before = await stateOf(site, node);
    await runBare(site, node, { namespace: work, name: 'slow', ends: 600 });
    await askFor(site, node, { stage: 'support' });
    await vi.waitFor(async () => {
      const slow = (await site.pods(work)).find(({ name }) => name === 'slow');
      expect(slow?.raw.metadata.deletionTimestamp).toBeDefined();
    }, patience);
    await power(site.e2e, 'cut', node);
    await site.kubectl(['wait', '--for=condition=Ready=Unknown', '--timeout=300s', `node/${node}`]);
    const { status } = await stageOf(site, node);
    expect(status?.progress?.nodes?.[0]).toMatchObject({
      current: 'drain',
      blockedBy: expect.stringContaining('slow'),
    });
    await power(site.e2e, 'restore', node);
    await reached(site, node, 'OutOfService');
    expect(await podsOn(site, work, node)).toEqual([]);
    await askFor(site, node, { stage: 'running' });
    await reached(site, node, 'Running');
    await asBefore(site, { [node]: before });
  });

  test.runIf(local !== undefined)(
    'upgrades the whole cluster one node at a time, each once, while the controllers are killed at each step',
    async () => {
      const before = await statesOf(site, nodes);
      const machines = site.e2e.hosts.map(({ pid }) => `/proc/${pid}/root${hostFolder}/version`);
      await Promise.all(machines.map((file) => rm(file, { force: true })));
      const watch = await KubectlWatch.open(site, ['nodes'], ['.metadata.name', '.spec.unschedulable']);
      const steps = await KubectlWatch.open(
        site,
        ['clusterstage', 'cluster'],
        ['.status.conditions[?(@.type=="Ready")].reason', '.status.progress.nodes[*].current'],
      );
      await askFor(site, 'cluster', { stage: 'upgrading', minReadySeconds: 1, upgrade: upgradeTo('2.0') });
      const killedAt = await killAtSteps(steps);
      console.log(`the controllers were killed at ${killedAt.join(', ')}`);
      expect(killedAt.join(' ')).toMatch(/drain.*upgrade/);
      const { status } = await reached(site, 'cluster', 'Succeeded');
      await steps.close();
      expect(status?.progress?.nodes?.map(({ name, task }) => `${name} ${task?.result}`)).toEqual(
        nodes.map((name) => `${name} Succeeded`),
      );
      await asBefore(site, before);
      await watch.close();
      expect(orderOf(watch.rows)).toEqual(nodes);
      // Once: it would stand there twice.
      expect(await Promise.all(machines.map((file) => readFile(file, 'utf8')))).toEqual(nodes.map(() => '2.0\n'));
      await idleRuns(site, work);
    },
  );
});

/** The machine of each node is one of the SSH hosts; the new version is a line in a file of it. */
function upgradeTo(version: string) {
  const machine = Object.fromEntries(nodes.map((name, index) => [name, site.e2e.hosts[index]?.address]));
  const content = `- hosts: all
  gather_facts: false
  vars: { ansible_host: "{{ machine[inventory_hostname] }}" }
  tasks:
    - ansible.builtin.raw: echo ${version} >> ${hostFolder}/version
`;
  const spec = { content, variables: { machine }, user: 'root', credentialsSecretRef: { name: keySecret } };
  return { taskTemplate: { namespace: work, spec } };
}

/**
 * Kills the controllers that lead when the upgrade comes to a step: by day each kind of step once, by night all.
 * @returns the steps
 */
async function killAtSteps(steps: KubectlWatch): Promise<readonly string[]> {
  const seen = new Set<string>();
  for (let looked = 0; ;) {
    await steps.until(() => steps.rows.length > looked);
    looked = steps.rows.length;
    const [reason = '', current = ''] = steps.rows[looked - 1] ?? [];
    if (reason === 'Succeeded' && seen.size > 0) return [...seen];
    const step = nightly ? `${looked} ${current}` : current;
    if (current === '' || seen.has(step)) continue;
    seen.add(step);
    const leader = await vi.waitFor(async () => {
      const name = await site.leader(system);
      const pod = (await site.pods(system)).find((each) => each.name === name);
      if (pod === undefined) throw new Error('no pod of the controllers says that it leads');
      return pod;
    }, 120_000);
    // It may be on its way out by itself: its own node is emptied, too.
    await killContainer(leader.raw.metadata.uid ?? '', 'controllers/main.ts').catch((error: unknown) => {
      console.log(`not killed at ${current}: ${String(error)}`);
      seen.delete(step);
    });
    // Kubernetes would wait ever longer before it starts the same pod again.
    await site.kubectl(['delete', 'pod', '--namespace', system, '--ignore-not-found', '--wait=false', leader.name]);
  }
}

/** Nodes in the order in which they went out of service; those that are out together in one. */
function orderOf(rows: readonly (readonly string[])[]): readonly string[] {
  const out = new Set<string>();
  const order: string[] = [];
  for (const [name = '', unschedulable] of rows) {
    if (unschedulable !== 'true') out.delete(name);
    else if (!out.has(name)) {
      out.add(name);
      order.push([...out].join(' and '));
    }
  }
  return order;
}
