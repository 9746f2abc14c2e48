import type {
  ClusterLook,
  EngineNode,
  IndexFacts,
  Survey,
} from '../../../../controllers/rollingupgrade/engine/engine.ts';

export function engineNode(name: string, more: Partial<EngineNode> = {}): EngineNode {
  return { name, ephemeralID: `${name}-1`, version: '2.7.0', roles: ['cluster_manager', 'data'], ...more };
}

/** Three nodes that do everything, and nothing that stands against an upgrade. */
export function look(more: Partial<ClusterLook> = {}): ClusterLook {
  const nodes = ['os-1', 'os-2', 'os-3'].map((name) => engineNode(name));
  const name = 'search';
  const settings = { allocation: {}, steering: [], archived: [] };
  return { name, uuid: 'u', health: 'green', manager: 'os-1', nodes, ...settings, ...more };
}

export function index(name: string, more: Partial<IndexFacts> = {}): IndexFacts {
  return { name, replicas: 1, allocation: undefined, created: undefined, autoExpand: undefined, ...more };
}

export function survey(more: Partial<Survey> = {}): Survey {
  const nothing = { indices: [], disks: [], votingExclusions: [], plugins: [] };
  return { ...nothing, lowWatermark: '85%', snapshots: { latest: undefined }, ...more };
}
