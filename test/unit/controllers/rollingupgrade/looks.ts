import type { ClusterLook, EngineNode, IndexFacts } from '../../../../controllers/rollingupgrade/engine/engine.ts';

export function engineNode(name: string, more: Partial<EngineNode> = {}): EngineNode {
  return { name, ephemeralID: `${name}-1`, version: '2.7.0', roles: ['cluster_manager', 'data'], ...more };
}

/** Three nodes that do everything, and nothing that stands against an upgrade. */
export function look(more: Partial<ClusterLook> = {}): ClusterLook {
  const nodes = ['os-1', 'os-2', 'os-3'].map((name) => engineNode(name));
  return { name: 'search', uuid: 'u', health: 'green', manager: 'os-1', nodes, allocation: {}, steering: [], ...more };
}

export function index(name: string, more: Partial<IndexFacts> = {}): IndexFacts {
  return { name, replicas: 1, allocation: undefined, ...more };
}
