import type { Node } from '../../kube/builtin.ts';

/** What kubelet says of itself; Unknown: it has said nothing for a while. */
export function readiness({ status }: Node): string | undefined {
  return status?.conditions?.find(({ type }) => type === 'Ready')?.status;
}

/** Not there for pods, for whatever reason. */
export function isAway(node: Node): boolean {
  return readiness(node) !== 'True' || node.spec?.unschedulable === true;
}
