import type { Demo } from './demo.ts';
import { agentTaskDemo } from './demos/agenttask.ts';
import { cinderDemo } from './demos/cinder.ts';
import { clusterStageDemo } from './demos/clusterstage.ts';
import { deployGroupDemo } from './demos/deploygroup.ts';
import { dispatchDemo } from './demos/dispatch.ts';
import { rollingUpgradeDemo } from './demos/rollingupgrade.ts';

/** What `make run` shows, in this order. */
export const demos: readonly Demo[] = [
  agentTaskDemo,
  dispatchDemo,
  deployGroupDemo,
  clusterStageDemo,
  cinderDemo,
  rollingUpgradeDemo,
];
