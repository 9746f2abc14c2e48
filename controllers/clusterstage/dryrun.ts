import { truncate } from '../../kube/conditions.ts';
import { forbidden, nextToGo } from './drain.ts';
import type { NodeView, Observed } from './observe.ts';
import { drains, stepsOf } from './stage-steps.ts';
import { limitOf } from './turns/limits.ts';

/** As many lines as the definition has room for. */
const mostLines = 300;

/** What would be done, node by node, for people: also which pods could not be moved now, and why. */
export function describe({ stage, targets, nodes }: Observed): readonly string[] {
  const { spec } = stage;
  if (spec.stage === 'running')
    return targets.length === 0
      ? ['nothing: no node is out of service']
      : targets.map((name) => `put ${name} back as it was`);
  const limit =
    spec.scope === 'Cluster' && spec.stage === 'upgrading'
      ? [`${targets.length} nodes, at most ${limitOf(stage, targets.length)} out of service at once`]
      : [];
  const lines = [...limit, ...targets.flatMap((name) => linesOf(name, nodes.get(name), stage.spec))];
  const shown =
    lines.length > mostLines
      ? [...lines.slice(0, mostLines - 1), `and ${lines.length - mostLines + 1} more lines`]
      : lines;
  return shown.map((line) => truncate(line, 512));
}

function linesOf(name: string, view: NodeView | undefined, spec: Observed['stage']['spec']): readonly string[] {
  if (view?.node === undefined) return [`${name}: there is no such node`];
  const steps = `${name}: ${stepsOf(spec).join(', ')}`;
  if (!drains(spec)) return [steps];
  const names = view.pods.map(({ key }) => key);
  const refused = forbidden(view.pods, spec.drain ?? {});
  const others = view.pods.filter(({ uid }) => !refused.some(({ pod }) => pod.uid === uid));
  const held = [...refused, ...nextToGo(others, view.refused).held];
  return [
    steps,
    `${name}: ${names.length === 0 ? 'no pod is to be moved' : `move ${names.join(', ')}`}`,
    ...held.map(({ message }) => `${name}: not now: ${message}`),
  ];
}
