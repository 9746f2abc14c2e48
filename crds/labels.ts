/** Names in the metadata of our objects that several of our programs go by. */

/**
 * Label of an object: its integer id, by which REST calls find it. Given by whoever makes the object, else by its
 * controller.
 */
export const idLabel = 'fleetwright.io/id';
/** The ConfigMap, in the namespace of our programs, from which the ids of AgentTasks come. */
export const idCounterName = 'fleetwright-agenttask-ids';
/** The ConfigMap there from which the ids of DeployGroups come. */
export const groupIdCounterName = 'fleetwright-deploygroup-ids';
/** Label of an object that another one made: the UID of that one. */
export const parentLabel = 'fleetwright.io/parent';
/** The ConfigMap from which the ids of VolumeRecoveries come, which the kvol API calls row keys. */
export const rowKeyCounterName = 'fleetwright-volumerecovery-ids';
/** Label of a ConfigMap that tells of a backup: the StorageZone where it was made. */
export const backupZoneLabel = 'fleetwright.io/backup-of-zone';
/** Label of such a ConfigMap whose backup the zone no longer showed when it was last asked. */
export const backupMissingLabel = 'fleetwright.io/backup-missing';
/** Finalizer that the history puts on an object until it has recorded how that ended. */
export const historyFinalizer = 'fleetwright.io/history';
/** Label of the ConfigMaps that hold a task's log (see runlog.ts): the UID of the task. */
export const runLogLabel = 'fleetwright.io/run-log';
/** Label of the Job, the pods and the ConfigMap of a run: the id of the run. */
export const runLabel = 'fleetwright.io/run';
/** Finalizer of a Job and its pods until the controller has recorded what they came to. */
export const runFinalizer = 'fleetwright.io/run';

/** Annotations of an object made by REST: who asked for it, and by which request. */
export const requestedByAnnotation = 'fleetwright.io/requested-by';
export const requestIdAnnotation = 'fleetwright.io/request-id';
/** By these, earlier releases noted the call that stopped a task, with its time in RFC 3339; now see operations.ts. */
export const stoppedByAnnotation = 'fleetwright.io/stopped-by';
export const stopRequestIdAnnotation = 'fleetwright.io/stop-request-id';
export const stoppedAtAnnotation = 'fleetwright.io/stopped-at';

/** @returns the integer id in the labels of an object; undefined for one that has none, or none that we gave. */
export function idOf({
  metadata,
}: {
  readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
}): number | undefined {
  const text = metadata.labels?.[idLabel] ?? '';
  return /^[1-9][0-9]{0,14}$/.test(text) ? Number(text) : undefined;
}

/** Taint of a node that a ClusterStage has out of service; its value is the stage. */
export const stageTaint = 'fleetwright.io/stage';
/** Annotation of such a node: which ClusterStage changed it, and what was there before. */
export const stageUndoAnnotation = 'fleetwright.io/stage-undo';
/** The ClusterStage of the whole cluster. */
export const clusterStageName = 'cluster';

/**
 * Annotation of an AgentTask that runs on a batch: what it was made to run, as status.work of its parent says. It does
 * not begin when that is another thing by then. By it, its run is given the variable `ip`.
 */
export const workAnnotation = 'fleetwright.io/work';

/**
 * Annotation of an AgentTask on a DeployGroup of which it was decided whether it is undone: `rollback` or `norollback`.
 * No task that is to undo it begins after the latter.
 */
export const decisionAnnotation = 'fleetwright.io/jobx-decision';
