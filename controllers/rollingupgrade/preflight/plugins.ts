import type { RollingUpgrade } from '../../../crds/types/rollingupgrade.ts';
import { named, warning, type Finding, type Preflight } from './finding.ts';

/**
 * A plugin is made for one version: with another one's a node does not start, and without it a node may not take the
 * shards that need it. What the new software brings along cannot be seen from here.
 */
export function checkPlugins({ spec }: RollingUpgrade, { look, survey }: Preflight): readonly Finding[] {
  const names = [...new Set(survey.plugins.map(({ plugin }) => plugin))].toSorted();
  if (names.length === 0) return [];
  const uneven = names.flatMap((plugin) => {
    const having = new Set(survey.plugins.filter((each) => each.plugin === plugin).map(({ node }) => node));
    const lacking = look.nodes.map(({ name }) => name).filter((name) => !having.has(name));
    if (lacking.length === 0) return [];
    return [
      warning('Plugins', `plugin ${plugin} is not on every node: it lacks on ${named(lacking)}`, 'install it there'),
    ];
  });
  const message = `nodes have plugins, each of which is made for one version: ${named(names)}`;
  const fix = `have what replaces the software install them for ${spec.targetVersion}, too`;
  return [warning('Plugins', message, fix), ...uneven];
}
