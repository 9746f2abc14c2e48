import type { Intent } from './intents.ts';
import type { Observed } from './observe.ts';
import { isFinished } from './phases.ts';

/**
 * Of a task that never came to its end also those that the cache does not show as ours yet: the claims may be a moment
 * old.
 */
export function hostsToLeave({ task, claims, hosts: wanted }: Observed): readonly Intent[] {
  const hosts = isFinished(task) || task.spec.shared === true ? claims.held : [...new Set([...claims.held, ...wanted])];
  return hosts.length === 0 ? [] : [{ do: 'releaseHosts', hosts, because: 'the task is deleted' }];
}
