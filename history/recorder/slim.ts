import { lastAppliedAnnotation, type KubeObject } from '../../kube/objects.ts';
import type { HistoryKind } from '../kind.ts';

/**
 * The object without what the history has no use for, and should not know, and without the copy of that in an
 * annotation.
 */
export function slim<T extends KubeObject>(kind: HistoryKind<T>, object: T): T {
  const slimmed = kind.slim(object);
  const { [lastAppliedAnnotation]: _, ...annotations } = slimmed.metadata.annotations ?? {};
  return { ...slimmed, metadata: { ...slimmed.metadata, annotations } };
}
