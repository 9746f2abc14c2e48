import { agentTask } from './agenttask/kind.ts';
import { deployGroup } from './deploygroup/kind.ts';
import type { Kind } from './kind.ts';

/** The kinds that these controllers look after. */
export const kinds: readonly Kind[] = [agentTask, deployGroup];
