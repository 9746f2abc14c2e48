import type { AgentTaskJob } from '../../../../crds/types/agenttask.ts';
import type { PodTemplate } from './template.ts';

/** What the operator of the controllers sets for all Jobs; a task may set some of it otherwise. */
export interface JobSettings {
  /** The runner image. */
  readonly image: string;
  readonly imagePullPolicy?: string;
  /** Hosts for one pod. Default: 20. */
  readonly shardSize?: number;
  /** How long a Job may wait for a pod to begin. Default: 300. */
  readonly startDeadlineSeconds?: number;
  /** How long a finished Job stays. Default: 3600. */
  readonly ttlSecondsAfterFinished?: number;
  /** A pod that writes more (bytes) is stopped. */
  readonly maxOutputBytes: number;
  readonly podTemplate?: PodTemplate;
  /** Lines in known_hosts format for runs whose Secret has none. */
  readonly knownHosts?: string;
}

/** The task that a run belongs to. */
export interface RunOwner {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly hosts: readonly string[];
}

/** How the hosts of a run are shared out to pods. */
export interface Shares {
  readonly shardSize: number;
  readonly pods: number;
  readonly parallelism: number;
}

/** What a Job is made of: frozen when the run was prepared, but for what the operator sets. */
export interface JobOrder extends Shares {
  readonly id: string;
  readonly timeoutSeconds: number;
  readonly job: AgentTaskJob | undefined;
  readonly credentialsSecret: string | undefined;
}
