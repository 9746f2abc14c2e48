import { batchesOf, type Resolved } from '../../crds/batches.ts';
import type { DeployGroup, DeployGroupStatus } from '../../crds/types/deploygroup.ts';
import { Reports } from '../shared/reports.ts';
import { idToGive } from '../shared/steps.ts';
import type { Intent, Plan } from './intents.ts';
import type { Inventory } from './inventory.ts';
import type { Observed } from './observe.ts';

/** Milliseconds. Nothing comes of it until somebody changes the spec, which wakes the group. */
const lookAgain = 3_600_000;
/** Milliseconds. Nobody tells when the ConfigMap of an inventory changes: it is read again this often. */
const readAgain = 60_000;

const reports = new Reports<DeployGroupStatus, Intent>({
  runsToAnEnd: false,
  waiting: {},
  underWay: {},
  action: 'Resolve',
});

/** Decides what is to be done for a group, from what was observed alone: it is resolved, and nothing else. */
export function plan({ group, idTaken, found }: Observed, now: Date): Plan {
  const intents = idToGive(group, idTaken, 'group');
  if (group.metadata.deletionTimestamp !== undefined) return { intents };
  const again = group.spec.nodes?.inventory === undefined ? undefined : readAgain;
  const { batches, problem } = resolved(group, found);
  if (batches === undefined)
    return { ...reports.stuck(unresolved(group), now, 'Unresolvable', `spec.${problem}`, again ?? lookAgain), intents };
  const summary = { batches: batches.length, hosts: batches.flat().length };
  const fields = { batches: batches.map((hosts, index) => ({ number: index + 1, hosts })), summary };
  const status = reports.settled(group, now, 'Resolved', told(summary), fields);
  return again === undefined ? { intents, status } : { intents, status, requeueAfter: again };
}

function resolved({ spec }: DeployGroup, found: Inventory | undefined): Resolved {
  return found?.problem === undefined ? batchesOf(spec, found?.hosts) : { problem: found.problem };
}

/** Nobody may take the batches of an earlier spec for those of this one. */
function unresolved(group: DeployGroup): DeployGroup {
  if (group.status === undefined) return group;
  const { batches: _, summary: __, ...status } = group.status;
  return { ...group, status };
}

function told({ batches, hosts }: { readonly batches: number; readonly hosts: number }): string {
  return `${hosts} ${hosts === 1 ? 'host' : 'hosts'} in ${batches} ${batches === 1 ? 'batch' : 'batches'}`;
}
