import type { ClusterStage, ClusterStageProgressNode, ClusterStageSpec } from '../../../crds/types/clusterstage.ts';
import type { Allowance } from '../drain.ts';
import type { Intent } from '../intents.ts';
import type { NodeView } from '../observe.ts';
import type { ControlPlane } from '../turns/control-plane.ts';

/** What a step is decided on. */
export interface StepInput {
  readonly stage: ClusterStage;
  /** Of the stage, as it was begun. */
  readonly spec: ClusterStageSpec;
  readonly view: NodeView;
  readonly progress: ClusterStageProgressNode;
  readonly controlPlane: ControlPlane;
  /** When the step began, RFC 3339 with milliseconds. */
  readonly since: string;
  /** Why the API server made no task, where it has refused one. */
  readonly refusal: string | undefined;
  /** What other nodes leave of the evictions of this pass; counted on. */
  readonly allowance: Allowance;
  readonly now: Date;
}

/** Why a step does not end now. `waiting`: it will by itself. `stuck`: somebody has to do something. */
export interface Trouble {
  readonly kind: 'waiting' | 'stuck' | 'failed';
  /** CamelCase. */
  readonly reason: string;
  readonly message: string;
}

/** What a step says of a node. */
export interface StepResult {
  /** The step's end is reached, as far as can be seen, or will be when its intents have been carried out. */
  readonly done: boolean;
  /** When its intents have been carried out the next step may begin: what that intends is done in the same pass. */
  readonly leadsOn?: boolean;
  readonly intents?: readonly Intent[];
  readonly trouble?: Trouble;
  /** Percent. */
  readonly rate?: number;
  /** Fields of the progress that the step keeps; undefined takes one away. */
  readonly fields?: { readonly [F in 'settledSince' | 'pods' | 'task']?: ClusterStageProgressNode[F] | undefined };
  /** Milliseconds. */
  readonly requeueAfter?: number;
}
