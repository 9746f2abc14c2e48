/** Label and finalizer of what belongs to a run. */
export const run = 'fleetwright.io/run';

export function task(taskName: string, spec: object, namespace = 'default'): object {
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'AgentTask',
    metadata: { name: taskName, namespace },
    spec: { hosts: ['web-1'], content: '- hosts: all\n', ...spec },
  };
}

export function configMap(mapName: string, labels: object = {}, more: object = {}): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: mapName, namespace: 'default', labels, ...more } };
}

const podSpec = { restartPolicy: 'Never', containers: [{ name: 'runner', image: 'none' }] };

export function pod(podName: string, labels: object = {}): object {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: podName, namespace: 'default', labels }, spec: podSpec };
}

interface JobForm {
  readonly labelled?: boolean;
  readonly templateLabelled?: boolean;
  readonly metadata?: object;
}

export function job(
  jobName: string,
  { labelled = true, templateLabelled = labelled, metadata = {} }: JobForm = {},
): object {
  const template = {
    metadata: templateLabelled ? { labels: { [run]: '0123-1-1' }, finalizers: [run] } : {},
    spec: podSpec,
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: jobName,
      namespace: 'default',
      ...(labelled ? { labels: { [run]: '0123-1-1', team: 'night' }, finalizers: [run] } : {}),
      ...metadata,
    },
    spec: { backoffLimit: 0, template },
  };
}
