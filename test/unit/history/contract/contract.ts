import { generationContract } from './generations.ts';
import { listContract } from './lists.ts';
import { operationContract } from './operations.ts';
import { pruningContract } from './pruning.ts';
import { taskContract } from './tasks.ts';
import type { StoreSite } from './site.ts';

/** What every store keeps to, whatever it keeps the history in: defines the tests. */
export function historyContract(newSite: () => Promise<StoreSite>): void {
  taskContract(newSite);
  generationContract(newSite);
  listContract(newSite);
  operationContract(newSite);
  pruningContract(newSite);
}
