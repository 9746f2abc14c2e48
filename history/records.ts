import type { KubeObject } from '../kube/objects.ts';
import type { HistoryKind } from './kind.ts';

/** Names a record: its object and, for kinds that are recorded so, its generation; else that is 0. */
export interface RecordRef {
  readonly uid: string;
  readonly generation: number;
}

/** The record of the object as it is. */
export function refOf<T extends KubeObject>({ recordPer }: HistoryKind<T>, { metadata }: T): RecordRef {
  const { uid = '', generation = 0 } = metadata;
  return { uid, generation: recordPer === 'generation' ? generation : 0 };
}
