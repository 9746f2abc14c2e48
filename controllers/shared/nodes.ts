import { nodes, type Node } from '../../kube/builtin.ts';
import type { Manager } from '../../kube/manager.ts';
import type { Reflector } from '../../kube/reflector.ts';

/** @returns the cache of the Nodes, one for all who ask. It stays empty where our user may not list them */
export function nodeCache(manager: Manager): Reflector<Node> {
  return manager.cache(nodes, { optional: true, transform: withoutImages });
}

/** The largest part of a Node, which changes often: the images that it has. */
function withoutImages(node: Node): Node {
  const { images: _, ...status }: NonNullable<Node['status']> = node.status ?? {};
  return { ...node, status };
}
