import type { RollingUpgrade } from '../../../crds/types/rollingupgrade.ts';
import { isData, isManager } from '../nodes.ts';
import { pathProblem } from '../versions.ts';
import { error, warning, type Finding, type Preflight } from './finding.ts';

export function checkHealth(_: RollingUpgrade, { look }: Preflight): readonly Finding[] {
  if (look.health === 'green') return [];
  const fix = 'have its shards placed first: GET _cluster/allocation/explain tells what keeps one from its place';
  return [error('Health', `the cluster is ${look.health}, not green`, fix)];
}

export function checkVersions({ spec }: RollingUpgrade, { look }: Preflight): readonly Finding[] {
  return look.nodes.flatMap(({ name, version }) => {
    if (version === undefined)
      return [error('Version', `node ${name} does not tell its version`, 'see that it answers')];
    const problem = pathProblem(version, spec.targetVersion);
    return problem === undefined ? [] : [error('Version', `node ${name}: ${problem.what}`, problem.fix)];
  });
}

export function checkMembers({ spec }: RollingUpgrade, { look }: Preflight): readonly Finding[] {
  const wanted = new Set(spec.members.hosts.nodes.map(({ name }) => name));
  const there = new Set(look.nodes.map(({ name }) => name));
  const field = 'spec.members.hosts.nodes';
  return [
    ...[...wanted]
      .filter((name) => !there.has(name))
      .map((name) =>
        error('Members', `no node of the cluster is called ${name}`, `start it, or correct the name in ${field}`),
      ),
    ...[...there]
      .filter((name) => !wanted.has(name))
      .map((name) =>
        error('Members', `node ${name} of the cluster is not in ${field}`, 'add it, or take it out of the cluster'),
      ),
  ];
}

/** While a node is away, one with data and a majority of managers must be left. */
export function checkCounts({ spec }: RollingUpgrade, { look }: Preflight): readonly Finding[] {
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
            `${lacking}, and would not serve while one is away`,
            'add nodes, or accept that by spec.allowDowntime',
          );
    });
}
