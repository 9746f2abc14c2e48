import type { Obstacle } from './obstacle.ts';

/** What is known of the nodes that the control plane runs on. */
export interface ControlPlane {
  /** By name: whether it is away, and whether it is about to be before it is our turn. */
  readonly nodes: ReadonlyMap<string, { readonly away: boolean; readonly goesFirst: boolean }>;
  /** What is wrong with the API server or its store; undefined when nothing is, or when nobody asked. */
  readonly trouble: string | undefined;
}

/** Milliseconds: nothing tells when the control plane is healthy again. */
const lookAgain = 10_000;

/** @returns the first other node of the control plane that is away; undefined for a node that is not of it */
export function otherAway(name: string, { nodes }: ControlPlane): string | undefined {
  if (!nodes.has(name)) return undefined;
  const others = [...nodes].filter(([each, { away }]) => each !== name && away);
  return others.map(([each]) => each).toSorted()[0];
}

/**
 * Two nodes of the control plane that are away at once can be its quorum, and one that goes while another part of it is
 * ill, too. @param begun of our own, in this pass or before
 */
export function controlPlaneObstacle(
  name: string,
  { nodes, trouble }: ControlPlane,
  begun: ReadonlySet<string>,
): Obstacle | undefined {
  if (!nodes.has(name)) return undefined;
  const others = [...nodes].filter(
    ([each, { away, goesFirst }]) => each !== name && (away || goesFirst || begun.has(each)),
  );
  const [other] = others.map(([each]) => each).toSorted();
  if (other !== undefined)
    return {
      reason: 'ControlPlane',
      message: `${name} is of the control plane, and so is ${other}, which is out of service, or about to be`,
      requeueAfter: lookAgain,
    };
  if (trouble === undefined) return undefined;
  return {
    reason: 'ControlPlane',
    message: `${name} is of the control plane, which is not healthy: ${trouble}`,
    requeueAfter: lookAgain,
  };
}
