import { agentTaskHistory } from './agenttask/kind.ts';
import { clusterStageHistory } from './clusterstage/kind.ts';
import { deployGroupHistory } from './deploygroup/kind.ts';
import type { HistoryKind } from './kind.ts';
import { rollingUpgradeHistory } from './rollingupgrade/kind.ts';

/** What is recorded. */
export const kinds: readonly HistoryKind[] = [
  agentTaskHistory,
  clusterStageHistory,
  deployGroupHistory,
  rollingUpgradeHistory,
];
