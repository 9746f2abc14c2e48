import { agentTask } from './agenttask/kind.ts';
import { clusterStage } from './clusterstage/kind.ts';
import { deployGroup } from './deploygroup/kind.ts';
import type { Kind } from './kind.ts';
import { rollingUpgrade } from './rollingupgrade/kind.ts';
import { storageZone } from './storagezone/kind.ts';
import { volumeRecovery } from './volumerecovery/kind.ts';

/** The kinds that these controllers look after. */
export const kinds: readonly Kind[] = [
  agentTask,
  clusterStage,
  deployGroup,
  rollingUpgrade,
  storageZone,
  volumeRecovery,
];
