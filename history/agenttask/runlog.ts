import type { Logger } from 'pino';

import { runLogLabel } from '../../crds/labels.ts';
import { decodeRunLog, runLogKey, runLogName, stepsPerPart, type RunStep } from '../../crds/runlog.ts';
import type { AgentTask } from '../../crds/types/agenttask.ts';
import { configMaps, type ConfigMap } from '../../kube/builtin.ts';
import type { Client } from '../../kube/client.ts';
import { getIfThere } from '../../kube/ifthere.ts';
import { keyOf } from '../../kube/objects.ts';

/** 250,000 steps: more than a thousand hosts with two hundred tasks each. */
const mostParts = 125;

/**
 * The log of the task's run, part by part. Whoever may write ConfigMaps in the task's namespace can take parts away and
 * spoil them: what is missing or cannot be read is left out, and said in the log. @throws what the client throws when
 * the API server does not answer
 */
export async function readRunLog(client: Client, task: AgentTask, log: Logger): Promise<readonly RunStep[]> {
  const runId = task.status?.run?.id;
  if (runId === undefined) return [];
  const steps: RunStep[] = [];
  for (let part = 0; ; part += 1) {
    // By their names: a list by label makes the API server go through all ConfigMaps of the namespace, each time anew.
    const key = { namespace: task.metadata.namespace ?? '', name: runLogName(runId, part) };
    const found = await getIfThere(client, configMaps, key);
    if (found === undefined) return steps;
    if (part === mostParts) {
      log.warn({ steps: steps.length }, 'the log of the run is too long: its end is not recorded');
      return steps;
    }
    const { taken, more } = stepsOf(found, task, log);
    for (const step of taken) steps.push(step);
    if (!more) return steps;
  }
}

/** `more`: another part may follow. */
function stepsOf(
  part: ConfigMap,
  task: AgentTask,
  log: Logger,
): { readonly taken: readonly RunStep[]; readonly more: boolean } {
  const configMap = keyOf(part);
  if (part.metadata.labels?.[runLogLabel] !== task.metadata.uid) {
    log.warn({ configMap }, 'this ConfigMap is no part of the log of the run: it is left out');
    return { taken: [], more: true };
  }
  try {
    const { steps, leftOut } = decodeRunLog(part.binaryData?.[runLogKey] ?? '');
    if (leftOut > 0) log.warn({ configMap, leftOut }, 'steps of the log of the run cannot be read: they are left out');
    // How many there were is not known of one that was spoiled.
    return { taken: steps, more: leftOut > 0 || steps.length >= stepsPerPart };
  } catch (error) {
    log.warn({ configMap, err: error }, 'a part of the log of the run cannot be read: it is left out');
    return { taken: [], more: true };
  }
}
