import type { RollingUpgrade } from '../../../crds/types/rollingupgrade.ts';
import { isData } from '../nodes.ts';
import { oldestReadable } from '../versions.ts';
import { error, named, warning, type Finding, type Preflight } from './finding.ts';

/** What counts is the version in which an index was made, not those that it has seen since. */
export function checkIndexVersions({ spec }: RollingUpgrade, { survey }: Preflight): readonly Finding[] {
  const { isReadable, what } = oldestReadable(spec.targetVersion);
  const unreadable = survey.indices.filter(({ created }) => created !== undefined && !isReadable(created));
  if (unreadable.length === 0) return [];
  const which = named(unreadable.map(({ name, created }) => `${name} (${created?.engine} ${created?.version})`));
  const message = `${spec.targetVersion} reads indices only that were made by ${what}, not ${which}`;
  return [error('IndexVersion', message, 'have them made anew (POST _reindex), or delete them')];
}

export function checkReplicas({ spec }: RollingUpgrade, { survey }: Preflight): readonly Finding[] {
  const alone = survey.indices.filter(({ replicas }) => replicas === 0).map(({ name }) => name);
  if (alone.length === 0) return [];
  const noun = alone.length === 1 ? 'index' : 'indices';
  const which = `${noun} ${named(alone)} without replicas cannot be searched while their node is away`;
  return spec.acceptZeroReplicas === true
    ? [warning('Replicas', which)]
    : [error('Replicas', which, 'add replicas, or accept that by spec.acceptZeroReplicas')];
}

/** It wins over the cluster's: under it shards move while a node is away, or stay nowhere for ever. */
export function checkIndexSettings(_: RollingUpgrade, { survey }: Preflight): readonly Finding[] {
  const own = survey.indices.filter(({ allocation }) => allocation !== undefined);
  if (own.length === 0) return [];
  const names = named(own.map(({ name }) => name));
  const message = `index.routing.allocation.enable is set for ${names}, and wins over the cluster's setting`;
  return [error('IndexSettings', message, 'take it away: PUT INDEX/_settings with null for it')];
}

/** Such an index loses a replica with each node that goes, and gains one that no older node may have. */
export function checkAutoExpand(_: RollingUpgrade, { look, survey }: Preflight): readonly Finding[] {
  const nodes = look.nodes.filter(isData).length;
  const growing = survey.indices.filter(({ autoExpand }) => {
    const most = autoExpand?.split('-')[1];
    return most !== undefined && (most === 'all' || Number(most) >= nodes);
  });
  if (growing.length === 0) return [];
  const names = named(growing.map(({ name }) => name));
  const message = `index.auto_expand_replicas follows the number of nodes for ${names}`;
  return [
    warning('AutoExpand', `${message}: they have fewer copies while a node is away, and are yellow until the end`),
  ];
}
