import { idLabel, idOf } from '../../crds/labels.ts';
import { agentTasks } from '../../crds/types/agenttask.ts';
import { listAll, type Client } from '../../kube/client.ts';

/** @returns the highest id among the tasks of the namespace, 0 when there is none: where a counter goes on that somebody deleted. */
export async function highestId(client: Client, namespace: string): Promise<number> {
  let highest = 0;
  await listAll(client, agentTasks, { namespace, labelSelector: idLabel, limit: 500 }, (items) => {
    for (const task of items) highest = Math.max(highest, idOf(task) ?? 0);
  });
  return highest;
}
