import type { ClusterStageSpec } from '../../crds/types/clusterstage.ts';
import { truncate } from '../../kube/conditions.ts';
import { forbidden, nextToGo } from './drain.ts';
import type { NodeView, Observed } from './observe.ts';
import { drains, stepsOf, takesOut } from './stage-steps.ts';
import { mostTrials } from './trials.ts';
import { limitOf } from './turns/limits.ts';
import { windowObstacle } from './turns/window.ts';

/** As many lines as the definition has room for. */
const mostLines = 300;

/** What would be done, node by node, for people: also which pods could not be moved now, and why. */
export function describe({ stage, targets, nodes, tried }: Observed, now: Date): readonly string[] {
  const { spec } = stage;
  if (spec.stage === 'running')
    return targets.length === 0
      ? ['nothing: no node is out of service']
      : targets.map((name) => `put ${name} back as it was`);
  const limit =
    spec.scope === 'Cluster' && spec.stage === 'upgrading'
      ? [`${targets.length} nodes, at most ${limitOf(stage, targets.length)} out of service at once${inZones(spec)}`]
      : [];
  const closed = takesOut(spec.stage) ? windowObstacle(spec.window, now) : undefined;
  const lines = [
    ...limit,
    ...(closed === undefined ? [] : [`no node begins now: ${closed.message}`]),
    ...targets.flatMap((name) => linesOf(name, nodes.get(name), { spec, tried })),
    ...untried(targets, nodes),
  ];
  const shown =
    lines.length > mostLines
      ? [...lines.slice(0, mostLines - 1), `and ${lines.length - mostLines + 1} more lines`]
      : lines;
  return shown.map((line) => truncate(line, 512));
}

function inZones({ perZone }: ClusterStageSpec): string {
  if (perZone === undefined) return '';
  const { maxUnavailable, zonesAtOnce } = perZone;
  const zones = zonesAtOnce === undefined ? '' : `, in at most ${zonesAtOnce} zones`;
  return `, ${maxUnavailable} of a zone${zones}`;
}

/** More pods than are asked about: what is said of the others is what can be told without asking. */
function untried(targets: readonly string[], nodes: Observed['nodes']): readonly string[] {
  const all = targets.reduce((sum, name) => sum + (nodes.get(name)?.pods.length ?? 0), 0);
  return all > mostTrials ? [`the API server was asked about the first ${mostTrials} of ${all} pods`] : [];
}

function linesOf(
  name: string,
  view: NodeView | undefined,
  { spec, tried }: { readonly spec: ClusterStageSpec; readonly tried: Observed['tried'] },
): readonly string[] {
  if (view?.node === undefined) return [`${name}: there is no such node`];
  const steps = `${name}: ${stepsOf(spec).join(', ')}`;
  if (!drains(spec)) return [steps];
  const names = view.pods.map(({ key }) => key);
  const refused = forbidden(view.pods, spec.drain ?? {});
  const others = view.pods.filter(({ uid }) => !refused.some(({ pod }) => pod.uid === uid));
  const held = [...refused, ...nextToGo(others, new Map([...view.refused, ...tried])).held];
  return [
    steps,
    `${name}: ${names.length === 0 ? 'no pod is to be moved' : `move ${names.join(', ')}`}`,
    ...held.map(({ message }) => `${name}: not now: ${message}`),
  ];
}
