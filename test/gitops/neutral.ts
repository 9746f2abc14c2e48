import type { AgentTask } from '../../crds/types/agenttask.ts';

const time = /\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ/g;

/**
 * A task without what is another each time: names of places, ids, times. What is left is the same whenever the same
 * happens, so that a recording can be compared with a task of today.
 */
export function neutral({ metadata, ...rest }: AgentTask): object {
  const { uid = '', namespace = '', name, generation, labels, finalizers, deletionTimestamp } = metadata;
  const { run, waiting } = rest.status ?? {};
  const object = {
    apiVersion: rest.apiVersion,
    kind: rest.kind,
    metadata: {
      name,
      namespace,
      uid,
      resourceVersion: '1',
      generation,
      creationTimestamp: metadata.creationTimestamp,
      ...(labels === undefined ? {} : { labels: { ...labels, 'fleetwright.io/id': '1' } }),
      ...(finalizers === undefined ? {} : { finalizers }),
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp, deletionGracePeriodSeconds: 0 }),
    },
    spec: rest.spec,
    status: {
      ...rest.status,
      ...(run === undefined ? {} : { run: { ...run, location: 'controllers-0:/var/lib/fleetwright/runs' } }),
    },
  };
  const text = JSON.stringify(object)
    .replaceAll(uid, '00000000-0000-4000-8000-000000000000')
    .replaceAll(namespace, 'fleet')
    .replaceAll(waiting?.revision ?? uid, '0'.repeat(12))
    .replaceAll(time, '2026-01-01T00:00:00Z');
  const parsed: object = JSON.parse(text);
  return parsed;
}
