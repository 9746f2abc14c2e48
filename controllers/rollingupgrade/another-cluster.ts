import type { RollingUpgrade } from '../../crds/types/rollingupgrade.ts';
import type { OutsideTrouble } from '../shared/outside/troubles.ts';
import type { ClusterLook } from './engine/engine.ts';

/** @returns why nothing is done: the endpoints lead to another cluster than they did at the start */
export function anotherCluster({ status }: RollingUpgrade, { name, uuid }: ClusterLook): OutsideTrouble | undefined {
  if (uuid === status?.clusterUUID) return undefined;
  const message = `the endpoints lead to another cluster now, ${name} (${uuid}): nothing is done to it`;
  return { reason: 'AnotherCluster', message, forSomebody: true };
}
