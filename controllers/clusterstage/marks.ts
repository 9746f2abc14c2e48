import { stageTaint, stageUndoAnnotation } from '../../crds/labels.ts';
import type { Node, Taint } from '../../kube/builtin.ts';
import { isSet, parseUndo, putBack, undoOf, type Present, type Undo } from '../shared/undo.ts';

/** What a ClusterStage has changed of a node, as the node itself says. */
export interface Mark {
  /** UID of the ClusterStage. */
  readonly holder: string;
  readonly undo: Undo;
}

/** @returns undefined for a node without a mark; `unreadable` for one of which nobody can tell how it was before */
export function markOf({ metadata }: Node): Mark | 'unreadable' | undefined {
  const text = metadata.annotations?.[stageUndoAnnotation];
  if (text === undefined) return undefined;
  const [holder = '', ...rest] = text.split(' ');
  const undo = parseUndo(rest.join(' '));
  return undo === undefined || holder === '' ? 'unreadable' : { holder, undo };
}

/**
 * Whether the node is out of service for this holder and this stage, with all that belongs to it. A taint that somebody
 * has changed since is his: it keeps pods away, too.
 */
export function isOut(node: Node, mark: Mark | undefined, holder: string, stage: string): boolean {
  if (mark?.holder !== holder || mark.undo['taint']?.set !== stage) return false;
  const present = presentOf(node);
  const { taint, ...others } = mark.undo;
  return isSet(others, present) && (present['taint'] === taint.set || isChanged(present, mark));
}

function isChanged({ taint = null }: Present, mark: Mark | undefined): boolean {
  const set = mark?.undo['taint']?.set;
  return set !== undefined && taint !== null && taint !== set;
}

/**
 * The patch that takes a node out of service: cordon, taint and the record of what was there before, in one write, so
 * that there is never one without the other. It fails when somebody else has changed the node since it was seen.
 * @param mark of the node; one whose holder is gone is taken over, with what was there before it
 */
export function takeOutPatch(node: Node, mark: Mark | undefined, holder: string, stage: string): object {
  const present = presentOf(node);
  const undo = undoOf(present, { unschedulable: true, taint: stage }, mark?.undo);
  const taint = isChanged(present, mark) ? String(present['taint']) : stage;
  return {
    metadata: {
      resourceVersion: node.metadata.resourceVersion,
      annotations: { [stageUndoAnnotation]: `${holder} ${JSON.stringify(undo)}` },
    },
    spec: { unschedulable: true, taints: [...otherTaints(node), taintOf(taint)] },
  };
}

/** The patch that puts back what was there before, and takes the record away by the same write. */
export function putBackPatch(node: Node, { undo }: Mark): object {
  const fields = putBack(undo, presentOf(node));
  const { taint, unschedulable } = fields;
  const taints = [...otherTaints(node), ...(typeof taint === 'string' ? [taintOf(taint)] : [])];
  return {
    metadata: {
      resourceVersion: node.metadata.resourceVersion,
      annotations: { [stageUndoAnnotation]: null },
    },
    spec: {
      ...(unschedulable === undefined ? {} : { unschedulable: unschedulable === true ? true : null }),
      ...(taint === undefined ? {} : { taints: taints.length === 0 ? null : taints }),
    },
  };
}

/** Whether the node takes pods again when it is put back: it was not cordoned by somebody else before. */
export function wasInService({ undo }: Mark): boolean {
  return undo['unschedulable']?.before !== true;
}

/** The taint of the cordon itself is Kubernetes' own, and follows it. */
function presentOf({ spec }: Node): Present {
  const ours = spec?.taints?.find(isStageTaint);
  return { unschedulable: spec?.unschedulable === true, taint: ours === undefined ? null : (ours.value ?? '') };
}

/** The list is one field: others' taints go along as they are. */
function otherTaints({ spec }: Node): readonly Taint[] {
  return (spec?.taints ?? []).filter((taint) => !isStageTaint(taint));
}

function isStageTaint({ key, effect }: Taint): boolean {
  return key === stageTaint && effect === 'NoSchedule';
}

function taintOf(value: string): Taint {
  return { key: stageTaint, effect: 'NoSchedule', ...(value === '' ? {} : { value }) };
}
