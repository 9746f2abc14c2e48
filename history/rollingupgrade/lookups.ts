import type { RollingUpgrade } from '../../crds/types/rollingupgrade.ts';
import type { HistoryReader } from '../store.ts';
import { numberField, rollingUpgradeHistory } from './kind.ts';

/** The upgrade of a search cluster that was made last, of those that have begun. @throws HistoryError */
export async function latestUpgrade(
  history: HistoryReader,
  namespace: string,
  number: string,
): Promise<RollingUpgrade | undefined> {
  const field = { name: numberField, value: number };
  return (await history.byField(rollingUpgradeHistory, namespace, field, 1))[0]?.object;
}
