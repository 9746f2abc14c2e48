import { runLabel } from '../../../../crds/labels.ts';
import type { KubeObject } from '../../../../kube/objects.ts';
import type { Cause } from '../executor.ts';
import { parseObject, textField } from '../json.ts';

/** Name of the container that works on the hosts. */
export const runnerContainer = 'runner';

/** Names of the volumes that every pod has. */
export const ownVolumeNames = [
  'fleetwright-run',
  'fleetwright-credentials',
  'fleetwright-work',
  'fleetwright-tmp',
] as const;

/** Where content may write beside the folder of its run. */
export const scratchPath = '/tmp';

/** Annotations of the Job: what its run is judged by, also after a restart with other settings. */
export const shardSizeAnnotation = 'fleetwright.io/shard-size';
export const timeoutAnnotation = 'fleetwright.io/timeout-seconds';
export const startDeadlineAnnotation = 'fleetwright.io/start-deadline-seconds';
/** Annotation of the Job since it was stopped from here: `stop`, or as JSON the cause for which it was given up. */
export const stoppedAnnotation = 'fleetwright.io/stopped-for';
/** Annotation of the ConfigMap: how many pods may be at work at once. */
export const parallelismAnnotation = 'fleetwright.io/parallelism';
/** Annotation of the ConfigMap since the Job was made, in RFC 3339. */
export const startedAnnotation = 'fleetwright.io/started-at';

/** Name of the Job and the ConfigMap of a run. */
export function runObjectName(id: string): string {
  return `run-${id}`;
}

/** The id of the run that an object belongs to. */
export function runIdOf({ metadata }: KubeObject): string | undefined {
  return metadata.labels?.[runLabel];
}

/** By which the caches of Jobs and pods are to be indexed. */
export const runIndexers = {
  run: (object: KubeObject): readonly string[] => {
    const id = runIdOf(object);
    return id === undefined ? [] : [id];
  },
};

/** The name of the index. */
export const byRun = 'run' satisfies keyof typeof runIndexers;

/** The cause in an annotation; undefined for `stop`, and for what is none. */
export function causeFrom(annotation: string): Cause | undefined {
  const object = parseObject(annotation);
  const reason = object === undefined ? undefined : textField(object, 'reason');
  const message = object === undefined ? undefined : textField(object, 'message');
  return reason === undefined || message === undefined ? undefined : { reason, message };
}

/** A whole number in an annotation. */
export function annotatedNumber({ metadata }: KubeObject, name: string): number | undefined {
  const text = metadata.annotations?.[name] ?? '';
  return /^[0-9]{1,9}$/.test(text) ? Number(text) : undefined;
}
