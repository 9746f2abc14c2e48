import { createHash } from 'node:crypto';
import { runLogLabel } from '../../../crds/labels.ts';
import { encodeRunLog, runLogKey, runLogName, stepsPerPart, type RunStep } from '../../../crds/runlog.ts';
import { agentTasks, type AgentTask } from '../../../crds/types/agenttask.ts';
import { configMaps, type ConfigMap } from '../../../kube/builtin.ts';
import type { Client } from '../../../kube/client.ts';
import { AlreadyExistsError } from '../../../kube/errors.ts';
import { getIfThere } from '../../../kube/ifthere.ts';
import { apiVersionOf } from '../../../kube/objects.ts';

/** Bytes of base64 that the API server takes in one ConfigMap, with room for the rest of the object. */
const partBytes = 1_000_000;
/**
 * How far messages are cut, step by step, where a part would not fit: hardly ever, since texts of failures are alike
 * and pack well.
 */
const shorterMessages = [256, 64, 0];

/** A ConfigMap that is not ours has the name of a part of a run's log. */
export class RunLogTakenError extends Error {
  readonly code = 'RUN_LOG_TAKEN';

  constructor(key: string) {
    super(`the log of the run cannot be written: ConfigMap ${key} exists and is no part of it. Delete that ConfigMap`);
    this.name = 'RunLogTakenError';
  }
}

/**
 * Writes what the run did so far to ConfigMaps in the namespace of the task, which go with the task. Safe to repeat, at
 * any moment; parts that are as they should be are left alone.
 * @param written by name of the ConfigMap, what this process wrote last: spares the API server the question. The caller
 * keeps it as long as the run
 * @throws RunLogTakenError where a name is taken by something else; otherwise what the client throws, ConflictError
 * among it
 */
export async function writeRunLog(
  client: Client,
  task: AgentTask,
  runId: string,
  steps: readonly RunStep[],
  written: Map<string, string> = new Map(),
): Promise<void> {
  for (let part = 0; part * stepsPerPart < steps.length; part += 1) {
    const text = fitting(steps.slice(part * stepsPerPart, (part + 1) * stepsPerPart));
    const wanted = partOf(task, runLogName(runId, part), text);
    const digest = createHash('sha256').update(text).digest('base64');
    const { name } = wanted.metadata;
    if (written.get(name) === digest) continue;
    // What is known is no longer true, or not for sure, while the write is under way.
    written.delete(name);
    await bring(client, wanted);
    written.set(name, digest);
  }
}

function partOf(task: AgentTask, name: string, text: string): ConfigMap {
  const { namespace = '', name: owner, uid = '' } = task.metadata;
  return {
    metadata: {
      namespace,
      name,
      labels: { [runLogLabel]: uid },
      // Neither a controller nor in the way: the log follows the task, nothing waits for the log.
      ownerReferences: [
        {
          apiVersion: apiVersionOf(agentTasks),
          kind: agentTasks.kind,
          name: owner,
          uid,
          controller: false,
          blockOwnerDeletion: false,
        },
      ],
    },
    binaryData: { [runLogKey]: text },
  };
}

async function bring(client: Client, wanted: ConfigMap): Promise<void> {
  const found = (await getIfThere(client, configMaps, wanted.metadata)) ?? (await create(client, wanted));
  if (found === undefined) return;
  const { metadata } = found;
  if (metadata.labels?.[runLogLabel] !== wanted.metadata.labels?.[runLogLabel])
    throw new RunLogTakenError(`${metadata.namespace}/${metadata.name}`);
  if (found.binaryData?.[runLogKey] === wanted.binaryData?.[runLogKey]) return;
  await client.replace(configMaps, { ...found, ...wanted, metadata: { ...metadata, ...wanted.metadata } });
}

/** @returns undefined when it was created, the present one when somebody was faster. */
async function create(client: Client, wanted: ConfigMap): Promise<ConfigMap | undefined> {
  try {
    await client.create(configMaps, wanted);
    return undefined;
  } catch (error) {
    if (error instanceof AlreadyExistsError) return client.get(configMaps, wanted.metadata);
    throw error;
  }
}

function fitting(steps: readonly RunStep[]): string {
  let text = encodeRunLog(steps);
  for (const limit of shorterMessages) {
    if (text.length <= partBytes) return text;
    text = encodeRunLog(steps.map((step) => shortened(step, limit)));
  }
  return text;
}

function shortened(step: RunStep, limit: number): RunStep {
  const { message, ...rest } = step;
  return message === undefined || limit === 0 ? rest : { ...rest, message: message.slice(0, limit).toWellFormed() };
}
