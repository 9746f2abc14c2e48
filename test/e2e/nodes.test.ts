import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, inject, test } from 'vitest';
import { cgroupHierarchies } from '../cluster/cgroups.ts';
import type { NodesReport } from './fixtures/nodes-owner.ts';
import { deployIdle } from './idle.ts';
import { Site } from './site.ts';

const site = new Site(inject('e2e'));
const local = inject('e2e').kind === 'local';
const goneTimeoutMs = 60_000;

/** What of another cluster this machine still has. */
async function traces({ folders, device, pid }: NodesReport): Promise<readonly string[]> {
  const groups = await Promise.all((await cgroupHierarchies()).map((hierarchy) => readdir(hierarchy)));
  const present = await Promise.all(
    folders.map((folder) =>
      readdir(folder).then(
        () => folder,
        () => undefined,
      ),
    ),
  );
  return [
    ...groups.flat().filter((name) => name.startsWith(`fleetwright-${pid}-`)),
    ...present.filter((folder) => folder !== undefined),
    ...Object.keys(networkInterfaces()).filter((name) => name === device),
  ];
}

describe('The nodes', () => {
  test('are all Ready and of different zones', async () => {
    const zones = await site.kubectl([
      'get',
      'nodes',
      '-o',
      String.raw`jsonpath={range .items[*]}{.metadata.labels.topology\.kubernetes\.io/zone}{"\n"}{end}`,
    ]);
    expect(zones.trim().split('\n').toSorted()).toEqual(['zone-a', 'zone-b', 'zone-c']);
  });

  test('are moved out of by a drain', async () => {
    const namespace = 'drained';
    await site.makeNamespaces([namespace]);
    const node = site.e2e.nodes.at(-1) ?? '';
    await deployIdle(site, namespace, site.e2e.nodes.length * 2);
    expect((await site.pods(namespace)).some((pod) => pod.node === node)).toBe(true);
    await site.kubectl(['drain', node, '--ignore-daemonsets', '--delete-emptydir-data', '--force', '--timeout=120s']);
    try {
      expect((await site.pods(namespace)).filter((pod) => pod.node === node)).toEqual([]);
    } finally {
      await site.kubectl(['uncordon', node]);
      await site.kubectl(['delete', 'namespace', namespace]);
    }
  });

  test.runIf(local)('leave nothing on this machine when their owner is killed', async () => {
    const owner = fork(join(import.meta.dirname, 'fixtures/nodes-owner.ts'), [], { execArgv: [] });
    const [report]: NodesReport[] = await once(owner, 'message');
    if (report === undefined) throw new Error('the owner of the nodes said nothing');
    expect((await traces(report)).length).toBeGreaterThan(0);
    const exited = once(owner, 'exit');
    owner.kill('SIGKILL');
    await exited;
    const deadline = Date.now() + goneTimeoutMs;
    // Namespaces, control groups and folders go one after the other, with no event to wait for.
    while ((await traces(report)).length > 0 && Date.now() < deadline) {
      await delay(100);
    }
    expect(await traces(report)).toEqual([]);
  });
});
