import type { AgentTask, AgentTaskSpec } from '../../crds/types/agenttask.ts';
import type { RollingUpgradeStatus } from '../../crds/types/rollingupgrade.ts';
import type { ChildIntentOf } from '../shared/children/intents.ts';
import type { ClaimIntent } from '../shared/claim-intents.ts';
import type { PlanOf } from '../shared/planning.ts';

/** One thing to do now, and why. */
export type Intent = UpgradeIntent | EngineIntent | ClaimIntent | TaskIntent;

/** What an upgrade does with itself. */
export type UpgradeIntent =
  | { readonly do: 'addFinalizer'; readonly because: string }
  | { readonly do: 'removeFinalizer'; readonly because: string }
  | { readonly do: 'deleteUpgrade'; readonly because: string };

/** What it does to the search cluster. */
export type EngineIntent =
  | { readonly do: 'setAllocation'; readonly value: string | undefined; readonly because: string }
  | {
      readonly do: 'takeSnapshot';
      readonly repository: string;
      readonly name: string;
      readonly because: string;
    }
  | { readonly do: 'flush'; readonly because: string };

/** The task of a node that is to be made. */
export interface WantedTask {
  readonly name: string;
  readonly node: string;
}

/** What it does with the tasks that it makes. */
export type TaskIntent = ChildIntentOf<AgentTask, WantedTask, Pick<AgentTaskSpec, 'stop'>>;

/** What a pass does. */
export type Plan = PlanOf<RollingUpgradeStatus, Intent>;
