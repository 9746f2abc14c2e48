import type { RollingUpgrade, RollingUpgradePreflight } from '../../crds/types/rollingupgrade.ts';
import { truncate } from '../../kube/conditions.ts';
import type { ClusterLook, IndexFacts } from './engine/engine.ts';
import { isData, isManager } from './nodes.ts';
import { pathProblem } from './versions.ts';

type Finding = RollingUpgradePreflight;

/** What is looked at before the start. */
export interface Preflight {
  readonly look: ClusterLook;
  readonly indices: readonly IndexFacts[];
}

type Check = (upgrade: RollingUpgrade, preflight: Preflight) => readonly Finding[];

const checks: readonly Check[] = [
  checkHealth,
  checkVersions,
  checkMembers,
  checkCounts,
  checkSettings,
  checkReplicas,
  checkIndexSettings,
];

/** @returns everything that stands against the upgrade, the gravest first */
export function findingsOf(upgrade: RollingUpgrade, preflight: Preflight): readonly Finding[] {
  const all = checks.flatMap((check) => check(upgrade, preflight));
  return [...all.filter(isError), ...all.filter((each) => !isError(each))].slice(0, 64);
}

export function isError({ severity }: Finding): boolean {
  return severity === 'Error';
}

function checkHealth(_: RollingUpgrade, { look }: Preflight): readonly Finding[] {
  if (look.health === 'green') return [];
  return [
    error(
      'Health',
      `the cluster is ${look.health}, not green: have its shards placed first (GET _cluster/allocation/explain)`,
    ),
  ];
}

function checkVersions({ spec }: RollingUpgrade, { look }: Preflight): readonly Finding[] {
  return look.nodes.flatMap(({ name, version }) => {
    if (version === undefined) return [error('Version', `node ${name} does not tell its version: see that it answers`)];
    const problem = pathProblem(version, spec.targetVersion);
    return problem === undefined ? [] : [error('Version', `node ${name}: ${problem}`)];
  });
}

function checkMembers({ spec }: RollingUpgrade, { look }: Preflight): readonly Finding[] {
  const wanted = new Set(spec.members.hosts.nodes.map(({ name }) => name));
  const there = new Set(look.nodes.map(({ name }) => name));
  const missing = [...wanted].filter((name) => !there.has(name));
  const further = [...there].filter((name) => !wanted.has(name));
  return [
    ...missing.map((name) =>
      error(
        'Members',
        `spec.members.hosts.nodes: no node of the cluster is called ${name}: start it, or correct the name`,
      ),
    ),
    ...further.map((name) =>
      error(
        'Members',
        `node ${name} of the cluster is not in spec.members.hosts.nodes: add it, or take it out of the cluster`,
      ),
    ),
  ];
}

/** While a node is away, one with data and a majority of managers must be left. */
function checkCounts({ spec }: RollingUpgrade, { look }: Preflight): readonly Finding[] {
  const counts = [
    { what: 'with data', found: look.nodes.filter(isData).length, needed: 2 },
    { what: 'that can be its manager', found: look.nodes.filter(isManager).length, needed: 3 },
  ];
  return counts
    .filter(({ found, needed }) => found < needed)
    .map(({ what, found, needed }) => {
      const lacking = `the cluster has ${found} ${found === 1 ? 'node' : 'nodes'} ${what}, fewer than ${needed}`;
      return spec.allowDowntime === true
        ? warning('Nodes', `${lacking}: it does not serve while one of them is away`)
        : error(
            'Nodes',
            `${lacking}, and would not serve while one is away: add nodes, or accept that by spec.allowDowntime`,
          );
    });
}

/** Who has set this is at work on the cluster himself, or has forgotten to put it back. */
function checkSettings(_: RollingUpgrade, { look }: Preflight): readonly Finding[] {
  const { allocation, steering } = look;
  const foreign = foreignAllocation(allocation);
  return [
    ...(foreign === undefined ? [] : [error('Settings', foreign)]),
    ...steering.map((setting) =>
      setting.startsWith('transient ')
        ? error('Settings', `the cluster setting ${setting} steers shards, and is not ours: take it away`)
        : warning('Settings', `the cluster setting ${setting} steers shards`),
    ),
  ];
}

/** @returns what somebody else has set so that shards could not be placed; undefined: nothing */
export function foreignAllocation({ persistent, transient }: ClusterLook['allocation']): string | undefined {
  const setting = 'cluster setting cluster.routing.allocation.enable';
  if (transient !== undefined)
    return `the transient ${setting} is ${transient}, and would win over the upgrade's: take it away`;
  if (persistent !== undefined && persistent.toLowerCase() !== 'all')
    return `the persistent ${setting} is ${persistent}, so that not all shards are placed: take it away`;
  return undefined;
}

function checkReplicas({ spec }: RollingUpgrade, { indices }: Preflight): readonly Finding[] {
  const alone = indices.filter(({ replicas }) => replicas === 0).map(({ name }) => name);
  if (alone.length === 0) return [];
  const noun = alone.length === 1 ? 'index' : 'indices';
  const which = `${noun} ${named(alone)} without replicas cannot be searched while their node is away`;
  return spec.acceptZeroReplicas === true
    ? [warning('Replicas', which)]
    : [error('Replicas', `${which}: add replicas, or accept that by spec.acceptZeroReplicas`)];
}

/** It wins over the cluster's: under it shards move while a node is away, or stay nowhere for ever. */
function checkIndexSettings(_: RollingUpgrade, { indices }: Preflight): readonly Finding[] {
  const own = indices.filter(({ allocation }) => allocation !== undefined);
  if (own.length === 0) return [];
  const names = named(own.map(({ name }) => name));
  return [
    error(
      'IndexSettings',
      `index.routing.allocation.enable is set for ${names}, and wins over the cluster's setting: take it away`,
    ),
  ];
}

const most = 5;

function named(names: readonly string[]): string {
  const sorted = names.toSorted();
  return sorted.length > most
    ? `${sorted.slice(0, most).join(', ')} and ${sorted.length - most} more`
    : sorted.join(', ');
}

function error(check: string, message: string): Finding {
  return { check, severity: 'Error', message: truncate(message, 1024) };
}

function warning(check: string, message: string): Finding {
  return { check, severity: 'Warning', message: truncate(message, 1024) };
}
