import { canonicalHost } from '../../crds/hosts.ts';
import type { ClusterStage } from '../../crds/types/clusterstage.ts';
import type { Node } from '../../kube/builtin.ts';
import type { PodDisruptionBudget } from '../../kube/disruption.ts';
import type { KubeObject } from '../../kube/objects.ts';
import type { VolumeAttachment } from '../../kube/storage.ts';
import type { Pod } from '../../kube/workloads.ts';
import { markOf } from './marks.ts';
import { isControlPlane } from './turns/order.ts';

/**
 * `waiting`: stages that only wait for their turn, by each node that they want; `node`: by each node they are about;
 * `draining`: those that move pods, under `now`.
 */
export const stageIndexers = {
  waiting: ({ metadata, status }: ClusterStage) =>
    metadata.deletionTimestamp === undefined
      ? (status?.progress?.nodes ?? []).flatMap(({ name, current }) =>
          current === 'claim' ? [canonicalHost(name)] : [],
        )
      : [],
  draining: ({ status }: ClusterStage) =>
    status?.progress?.nodes?.some(({ current }) => current === 'claim' || current === 'drain') === true ? ['now'] : [],
  node: ({ metadata, spec, status }: ClusterStage) => [
    ...new Set([
      ...(spec.scope === 'Cluster' ? [] : [metadata.name]),
      ...(status?.progress?.nodes ?? []).map(({ name }) => name),
    ]),
  ],
};

export const controlPlaneRole = 'control-plane';

/** `holder`: by the UID of the stage that has the node out of service; `role`: those of the control plane. */
export const nodeIndexers = {
  holder: (node: Node) => {
    const mark = markOf(node);
    return mark === undefined || mark === 'unreadable' ? [] : [mark.holder];
  },
  role: (node: Node) => (isControlPlane(node) ? [controlPlaneRole] : []),
};

/** `node`: by the node that the pod is on, or on its way to; `label`: by each label, as `labelKey` writes it. */
export const podIndexers = {
  node: ({ spec, status }: Pod) => [
    ...new Set([spec?.nodeName ?? '', status?.nominatedNodeName ?? ''].filter((name) => name !== '')),
  ],
  namespace: byNamespace,
  label: ({ metadata: { namespace = '', labels = {} } }: Pod) =>
    Object.entries(labels).map(([key, value]) => labelKey(namespace, key, value)),
};

export const attachmentIndexers = { node: ({ spec }: VolumeAttachment) => [spec?.nodeName ?? ''] };

export function labelKey(namespace: string, key: string, value: string): string {
  return `${namespace}/${key}=${value}`;
}

/** `selects`: by a label that every pod of the budget has, as `labelKey` writes it; else by its namespace alone. */
export const budgetIndexers = {
  selects: ({ metadata: { namespace = '' }, spec: { selector } }: PodDisruptionBudget) => {
    const [label] = Object.entries(selector?.matchLabels ?? {});
    return [label === undefined ? namespace : labelKey(namespace, ...label)];
  },
};

function byNamespace({ metadata }: KubeObject): readonly string[] {
  return [metadata.namespace ?? ''];
}
