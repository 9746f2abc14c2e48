import type { AgentTask, AgentTaskSpec, AgentTaskStatus } from '../../crds/types/agenttask.ts';
import type { ClaimIntent } from '../shared/claim-intents.ts';
import type { ChildIntentOf } from '../shared/children/intents.ts';
import type { PlanOf } from '../shared/planning.ts';
import type { RunSpec, StopStage } from './executors/executor.ts';

/**
 * One thing to do now, and why. Intents are data: a dry run shows them, a story test compares them, act.ts carries them
 * out.
 */
export type Intent = TaskIntent | RunIntent | ChildIntent;

/** What a task does with itself, its hosts and its slot. */
export type TaskIntent =
  | { readonly do: 'giveId'; readonly because: string }
  | { readonly do: 'addFinalizer'; readonly because: string }
  | { readonly do: 'removeFinalizer'; readonly because: string }
  | ClaimIntent
  | { readonly do: 'queueForSlot'; readonly because: string }
  | { readonly do: 'takeSlot'; readonly because: string }
  | { readonly do: 'leaveParent'; readonly because: string }
  | { readonly do: 'deleteTask'; readonly because: string };

/** What a task does with its run. */
export type RunIntent =
  | { readonly do: 'prepareRun'; readonly run: RunSpec; readonly because: string }
  | { readonly do: 'startRun'; readonly id: string; readonly because: string }
  | { readonly do: 'stopRun'; readonly id: string; readonly stage: StopStage; readonly because: string }
  | {
      readonly do: 'writeLog';
      readonly id: string;
      readonly outputBytes: number;
      readonly last: boolean;
      readonly because: string;
    }
  | { readonly do: 'releaseRun'; readonly id: string; readonly because: string }
  | { readonly do: 'removeRun'; readonly id: string; readonly because: string };

/** What a composite does with the tasks it made. */
export type ChildIntent = ChildIntentOf<
  AgentTask,
  { readonly name: string; readonly hosts: readonly string[] },
  Pick<AgentTaskSpec, 'stop' | 'paused'>
>;

/** What a pass does. */
export type Plan = PlanOf<AgentTaskStatus, Intent>;
