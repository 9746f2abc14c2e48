import type { AgentTask, AgentTaskSpec } from '../../crds/types/agenttask.ts';
import type { ClusterStageStatus } from '../../crds/types/clusterstage.ts';
import type { Node } from '../../kube/builtin.ts';
import type { ChildIntentOf } from '../shared/children/intents.ts';
import type { ClaimIntent } from '../shared/claim-intents.ts';
import type { PlanOf } from '../shared/planning.ts';
import type { PodView } from './pods.ts';
import type { WantedTask } from './task.ts';

/** One thing to do now, and why; act.ts carries it out. */
export type Intent =
  | { readonly do: 'addFinalizer'; readonly because: string }
  | { readonly do: 'removeFinalizer'; readonly because: string }
  | NodeIntent
  | EvictIntent
  | ClaimIntent
  | ChildIntent;

/** That a pod is moved away. */
export interface EvictIntent {
  readonly do: 'evict';
  readonly pod: PodView;
  /** For it to end; its own when absent. */
  readonly gracePeriodSeconds?: number;
  readonly because: string;
}

/** That a node goes out of service. */
export interface TakeOutIntent {
  readonly do: 'takeOut';
  readonly node: Node;
  readonly patch: object;
  /** Not while another node of the control plane is away. */
  readonly alone?: boolean;
  readonly because: string;
}

/** What is done to a node, as it was seen: the write fails when somebody else has changed it since. */
export type NodeIntent =
  | TakeOutIntent
  | { readonly do: 'putBack'; readonly node: Node; readonly patch: object; readonly because: string };

/** What is done with the tasks that upgrade nodes. */
export type ChildIntent = ChildIntentOf<AgentTask, WantedTask, Pick<AgentTaskSpec, 'stop'>>;

/** What a pass does. */
export type Plan = PlanOf<ClusterStageStatus, Intent>;
