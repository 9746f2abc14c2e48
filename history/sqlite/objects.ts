import { isDeepStrictEqual } from 'node:util';

import { idLabel, parentLabel } from '../../crds/labels.ts';
import type { AgentTask, AgentTaskHost } from '../../crds/types/agenttask.ts';
import type { ObjectMeta } from '../../kube/objects.ts';
import { pack, unpack } from './packing.ts';
import { fromSeconds } from './times.ts';

/** What is packed of an AgentTask: all but what has columns, or rows, of its own. */
interface Packed {
  readonly metadata: Omit<ObjectMeta, 'name' | 'namespace' | 'uid' | 'creationTimestamp'>;
  readonly spec: AgentTask['spec'];
  readonly status?: AgentTask['status'];
}

/** The columns with which a packed task becomes whole again. */
export interface Columns {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly created: number;
  readonly object: Uint8Array;
}

/** Annotations of others may hold anything, kubectl's even a copy of content and variables. */
const ours = 'fleetwright.io/';

/** A task that has not ended, the results of its hosts so far included. */
export function packSeen(task: AgentTask): Uint8Array {
  return pack(kept(task));
}

/** A task that has ended; the results of its hosts are rows of their own, from which `unpackTask` takes the names of the hosts as well. */
export function packEnded(task: AgentTask): Uint8Array {
  const { metadata, spec, status } = kept(task);
  if (status?.hosts === undefined || status.hosts.length === 0) return pack({ metadata, spec, status });
  const { hosts: results, ...rest } = status;
  const { hosts, ...others } = spec;
  const same = isDeepStrictEqual(
    hosts,
    results.map(({ name }) => name),
  );
  return pack({ metadata, spec: same ? others : spec, status: rest });
}

/** What stays known of a task for ever. */
export function packPruned(task: AgentTask): Uint8Array {
  const { phase, startTime, completionTime } = task.status ?? {};
  const labels = Object.fromEntries(
    Object.entries(task.metadata.labels ?? {}).filter(([name]) => name === idLabel || name === parentLabel),
  );
  return pack({ metadata: { labels }, spec: {}, status: { phase, startTime, completionTime } });
}

/** @param hosts from their rows; empty where they are in the packed task itself */
export function unpackTask(
  { namespace, name, uid, created, object }: Columns,
  hosts: readonly AgentTaskHost[],
): AgentTask {
  const { metadata, spec, status } = unpack(object) as Packed;
  const task = {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'AgentTask',
    metadata: { namespace, name, uid, creationTimestamp: fromSeconds(created), ...metadata },
    spec:
      hosts.length === 0 || spec.hosts !== undefined || spec.groupRef !== undefined
        ? spec
        : { hosts: hosts.map((host) => host.name), ...spec },
  } as const satisfies AgentTask;
  return status === undefined ? task : { ...task, status: hosts.length === 0 ? status : { ...status, hosts } };
}

function kept({ metadata, spec, status }: AgentTask): Packed {
  const { labels, annotations, generation, deletionTimestamp, ownerReferences } = metadata;
  const known = Object.fromEntries(Object.entries(annotations ?? {}).filter(([name]) => name.startsWith(ours)));
  const { content: _, variables: __, ...rest } = spec;
  return {
    metadata: {
      ...(labels === undefined ? {} : { labels }),
      ...(Object.keys(known).length === 0 ? {} : { annotations: known }),
      ...(generation === undefined ? {} : { generation }),
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
      ...(ownerReferences === undefined ? {} : { ownerReferences }),
    },
    spec: rest,
    ...(status === undefined ? {} : { status }),
  };
}
