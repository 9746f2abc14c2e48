import { runLogLabel } from '../../crds/labels.ts';
import { decodeRunLog, runLogKey, type RunStep } from '../../crds/runlog.ts';
import { configMaps, type ConfigMap } from '../../kube/builtin.ts';
import type { Client } from '../../kube/client.ts';
import { inOwnName } from '../service-error.ts';

/** Some steps of a task's log. */
export interface LogPart {
  readonly uid: string;
  readonly steps: readonly RunStep[];
}

/** Lines of a log's part are no steps: somebody else wrote them. */
class BrokenStepsError extends Error {
  readonly code = 'BROKEN_STEPS';

  constructor(lines: number) {
    super(`${lines} lines of this part are no steps and were left out; look who may write ConfigMaps there`);
    this.name = 'BrokenStepsError';
  }
}

/** Told of a part that cannot be read, or not as a whole, by the name of its ConfigMap. */
export interface OnBroken {
  (error: unknown, name: string): void;
}

/**
 * @returns the parts of the logs of these tasks that their controller has written so far, those of a task in their
 * order.
 * @throws what Client.list throws, ServiceError
 */
export async function readParts(
  client: Client,
  namespace: string,
  uids: readonly string[],
  onBroken: OnBroken,
): Promise<readonly LogPart[]> {
  const { items } = await inOwnName(
    client.list(configMaps, { namespace, labelSelector: `${runLogLabel} in (${uids.join(',')})` }),
  );
  const inOrder = items.toSorted((a, b) => numeric.compare(a.metadata.name, b.metadata.name));
  return inOrder.map((part) => ({ uid: part.metadata.labels?.[runLogLabel] ?? '', steps: decoded(part, onBroken) }));
}

/** The names of a log's parts end in their number. */
const numeric = new Intl.Collator('en', { numeric: true });

function decoded(part: ConfigMap, onBroken: OnBroken): readonly RunStep[] {
  const text = part.binaryData?.[runLogKey];
  if (text === undefined) return [];
  try {
    const { steps, leftOut } = decodeRunLog(text);
    if (leftOut > 0) onBroken(new BrokenStepsError(leftOut), part.metadata.name);
    return steps;
  } catch (error) {
    onBroken(error, part.metadata.name);
    return [];
  }
}
