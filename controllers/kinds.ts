import { agentTask } from './agenttask/kind.ts';
import type { Kind } from './kind.ts';

/** The kinds that these controllers look after. */
export const kinds: readonly Kind[] = [agentTask];
