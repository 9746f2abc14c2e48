import { nodes as nodeType, type Node } from '../../kube/builtin.ts';
import type { OwnWrites } from '../../kube/ownwrites.ts';
import type { ReadStore } from '../../kube/store.ts';
import { controlPlaneRole } from './indexers.ts';
import { isAway } from './node-state.ts';

/**
 * Two ClusterStages that look at the same moment both see that no node of the control plane is out. The one that writes
 * second finds here that it has to look again: at what the first one wrote, once the cache shows it.
 */
export class ControlPlaneTurn {
  #last: string | undefined;
  #isUnderWay = false;

  /** @returns false when another node has gone out since the pass looked. @param nodes indexed by `role` */
  take(name: string, nodes: ReadStore<Node>, ownWrites: OwnWrites): boolean {
    const others = nodes.byIndex('role', controlPlaneRole).filter(({ metadata }) => metadata.name !== name);
    if (others.some(isAway)) return false;
    if (this.#last !== undefined && this.#last !== name) {
      const other = nodes.get(this.#last);
      if (this.#isUnderWay || (other !== undefined && ownWrites.isStale(nodeType, other))) return false;
    }
    this.#last = name;
    this.#isUnderWay = true;
    return true;
  }

  /** The write of the node that took its turn was answered, or has failed. */
  done(): void {
    this.#isUnderWay = false;
  }
}
