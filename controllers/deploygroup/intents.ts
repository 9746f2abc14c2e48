import type { DeployGroupStatus } from '../../crds/types/deploygroup.ts';
import type { PlanOf } from '../shared/planning.ts';
import type { GiveId } from '../shared/steps.ts';

/** A group does nothing by itself: it is resolved, and what is resolved is its status. */
export type Intent = GiveId;

/** What a pass does. */
export type Plan = PlanOf<DeployGroupStatus, Intent>;
