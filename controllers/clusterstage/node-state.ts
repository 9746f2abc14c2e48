import type { Node } from '../../kube/builtin.ts';

/** What kubelet says of itself; Unknown: it has said nothing for a while. */
export function readiness({ status }: Node): string | undefined {
  return status?.conditions?.find(({ type }) => type === 'Ready')?.status;
}

/** Kubernetes' own: somebody says that the machine of a node that cannot be reached is off. */
const outOfService = 'node.kubernetes.io/out-of-service';

/** Nothing is heard of the node, and nothing on it runs any more. */
export function isAbandoned(node: Node): boolean {
  return readiness(node) === 'Unknown' && node.spec?.taints?.some(({ key }) => key === outOfService) === true;
}

/** Not there for pods, for whatever reason. */
export function isAway(node: Node): boolean {
  return readiness(node) !== 'True' || node.spec?.unschedulable === true;
}
