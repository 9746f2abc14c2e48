import type { KubeObject, ObjectMeta, ResourceType } from './objects.ts';

/** A condition of a Job or a pod; other than those of our own kinds it may lack reason and message. */
export interface WorkloadCondition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string | null;
}

/** batch/v1, as far as it is used here. */
export interface Job extends KubeObject {
  readonly spec: JobSpec;
  readonly status?: {
    readonly conditions?: readonly WorkloadCondition[];
    readonly active?: number;
    readonly terminating?: number;
    /** Indexes such as `0,2-4`. */
    readonly completedIndexes?: string;
    readonly failedIndexes?: string;
  };
}

export interface JobSpec {
  readonly completionMode?: 'Indexed' | 'NonIndexed';
  readonly completions?: number;
  readonly parallelism?: number;
  readonly backoffLimit?: number;
  readonly backoffLimitPerIndex?: number;
  readonly podReplacementPolicy?: 'Failed' | 'TerminatingOrFailed';
  readonly podFailurePolicy?: { readonly rules: readonly PodFailureRule[] };
  readonly activeDeadlineSeconds?: number;
  readonly ttlSecondsAfterFinished?: number;
  readonly suspend?: boolean;
  readonly template: { readonly metadata?: Partial<ObjectMeta>; readonly spec: PodSpec };
}

export interface PodFailureRule {
  readonly action: 'FailJob' | 'FailIndex' | 'Ignore' | 'Count';
  readonly onPodConditions?: readonly { readonly type: string; readonly status: string }[];
}

export interface Pod extends KubeObject {
  readonly spec?: Partial<PodSpec> & { readonly nodeName?: string };
  readonly status?: PodStatus;
}

/** Fields that are only handed through are not spelled out. */
export interface PodSpec {
  readonly containers: readonly Container[];
  readonly restartPolicy?: 'Always' | 'OnFailure' | 'Never';
  readonly terminationGracePeriodSeconds?: number;
  readonly serviceAccountName?: string;
  readonly automountServiceAccountToken?: boolean;
  readonly enableServiceLinks?: boolean;
  readonly securityContext?: object;
  readonly volumes?: readonly Volume[];
  readonly tolerations?: readonly Toleration[];
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly affinity?: object;
  readonly topologySpreadConstraints?: readonly object[];
  readonly imagePullSecrets?: readonly { readonly name?: string }[];
  readonly priorityClassName?: string;
  readonly runtimeClassName?: string;
  readonly schedulerName?: string;
  readonly hostAliases?: readonly object[];
  readonly dnsPolicy?: string;
  readonly dnsConfig?: object;
}

export interface Container {
  readonly name: string;
  readonly image?: string;
  readonly imagePullPolicy?: string;
  readonly args?: readonly string[];
  readonly env?: readonly EnvironmentVariable[];
  readonly envFrom?: readonly object[];
  readonly resources?: Resources;
  readonly volumeMounts?: readonly VolumeMount[];
  readonly securityContext?: object;
  readonly terminationMessagePath?: string;
  readonly terminationMessagePolicy?: 'File' | 'FallbackToLogsOnError';
}

export interface EnvironmentVariable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: object;
}

/** Quantities by the name of the resource. */
export interface Resources {
  readonly requests?: Readonly<Record<string, string | number>>;
  readonly limits?: Readonly<Record<string, string | number>>;
}

/** With the volume's source, which is only handed through. */
export interface Volume {
  readonly name: string;
  readonly [source: string]: unknown;
}

export interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly?: boolean;
  readonly subPath?: string;
}

export interface Toleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
  readonly tolerationSeconds?: number;
}

export interface PodStatus {
  readonly phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
  /** Why kubelet ended or refused the pod, such as `Evicted`. */
  readonly reason?: string;
  readonly message?: string;
  readonly conditions?: readonly WorkloadCondition[];
  readonly containerStatuses?: readonly ContainerStatus[];
  /** Where the scheduler means to put it, before it does. */
  readonly nominatedNodeName?: string;
}

export interface ContainerStatus {
  readonly name: string;
  readonly image?: string;
  /** Set once the container was made. */
  readonly containerID?: string;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly running?: { readonly startedAt?: string | null };
    readonly terminated?: TerminatedContainer;
  };
}

export interface TerminatedContainer {
  readonly exitCode: number;
  readonly reason?: string;
  /** What the container left in its termination log. */
  readonly message?: string;
  readonly startedAt?: string | null;
  readonly finishedAt?: string | null;
}

/** The Event of the core group, which the parts of Kubernetes itself write. */
export interface CoreEvent extends KubeObject {
  readonly involvedObject: { readonly kind?: string; readonly name?: string; readonly uid?: string };
  readonly reason?: string;
  readonly message?: string;
  readonly type?: string;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
}

export const jobs: ResourceType<Job> = { group: 'batch', version: 'v1', plural: 'jobs', kind: 'Job', namespaced: true };
export const pods: ResourceType<Pod> = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };
export const coreEvents: ResourceType<CoreEvent> = {
  group: '',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
};
