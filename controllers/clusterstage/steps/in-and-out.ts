import { claimObstacle } from '../../shared/claim-steps.ts';
import { holderText } from '../../shared/hostclaims.ts';
import { lastingHoldUp } from '../drain.ts';
import type { Intent } from '../intents.ts';
import { isOut, putBackPatch, takeOutPatch } from '../marks.ts';
import type { StepInput, StepResult } from './step.ts';
import type { NodeView } from '../observe.ts';
import { drains, isLimited } from '../stage-steps.ts';
import { otherAway } from '../turns/control-plane.ts';

/** Milliseconds. What was done to a node is heard of; this is for when the news got lost. */
const lookAgain = 5000;

/** Nobody else works on the machine, and nobody else will. */
export function claimStep({ stage, spec, view }: StepInput): StepResult {
  if (view.held) return { done: true };
  const { claims } = view;
  if (claims === undefined) return { done: false };
  const lasting = drains(spec) ? lastingHoldUp(view.pods, spec.drain ?? {}, view.refused) : undefined;
  if (lasting !== undefined) return { done: false, trouble: { kind: 'stuck', ...lasting }, requeueAfter: 15_000 };
  const stale = claims.stale.map((claim): Intent => ({
    do: 'freeStaleClaim',
    claim,
    because: `${holderText(claim.holder)} has ended`,
  }));
  if (stale.length > 0) return { done: false, intents: stale, requeueAfter: 1000 };
  const obstacle = claimObstacle(stage, claims, stage.status?.run?.startTime ?? '');
  if (obstacle !== undefined) {
    const { stuck, reason, message } = obstacle;
    return { done: false, trouble: { kind: stuck ? 'stuck' : 'waiting', reason, message }, requeueAfter: 15_000 };
  }
  const intents = [claimed(view, `${stage.metadata.name} is to be in ${spec.stage}`)];
  return { done: false, leadsOn: true, intents, requeueAfter: lookAgain };
}

/** Nothing new comes to the node. What it was before is recorded by the same write. */
export function cordonStep({ stage, spec, view, controlPlane }: StepInput): StepResult {
  const { node, mark, name } = view;
  if (node === undefined) return { done: false };
  if (mark === 'unreadable') return unreadable(view);
  const holder = stage.metadata.uid ?? '';
  if (isOut(node, mark, holder, spec.stage)) return { done: true };
  const alone = mark === undefined && isLimited(spec);
  const before = alone ? otherAway(name, controlPlane) : undefined;
  // Since its turn came another one went; nothing of it was touched yet.
  if (before !== undefined) {
    const message = `${name} is of the control plane, and so is ${before}, which is out of service`;
    return { done: false, trouble: { kind: 'waiting', reason: 'ControlPlane', message }, requeueAfter: 10_000 };
  }
  const because = `${name} goes out of service for ${spec.stage}`;
  const patch = takeOutPatch(node, mark, holder, spec.stage);
  return {
    done: false,
    leadsOn: true,
    intents: [
      // Once more: a cache that lags may show a claim that was released a moment ago.
      ...(view.held ? [claimed(view, because)] : []),
      { do: 'takeOut', node, patch, alone, because },
    ],
    requeueAfter: lookAgain,
  };
}

/** The node is as it was, and free. */
export function uncordonStep({ stage, view }: StepInput): StepResult {
  if (view.mark === 'unreadable' && view.held) return unreadable(view);
  return { done: true, intents: returned(view, stage.metadata.uid ?? '', 'it goes back into service') };
}

/** @returns what puts a node back and lets its machine go; nothing when neither is to be done */
export function returned({ name, node, mark, held }: NodeView, holder: string, because: string): readonly Intent[] {
  const ours = node !== undefined && mark !== undefined && mark !== 'unreadable' && mark.holder === holder;
  return [
    ...(ours ? [{ do: 'putBack' as const, node, patch: putBackPatch(node, mark), because }] : []),
    ...(ours || held ? [{ do: 'releaseHosts' as const, hosts: [name], because }] : []),
  ];
}

function claimed({ name, claims }: NodeView, because: string): Intent {
  return { do: 'claimHosts', hosts: [name], tickets: claims?.tickets ?? new Map(), because };
}

function unreadable({ name }: NodeView): StepResult {
  const message =
    `the annotation fleetwright.io/stage-undo of node ${name} cannot be read, so that nobody can tell how it was ` +
    'before: put the node as it should be by hand, and take the annotation away';
  return { done: false, trouble: { kind: 'stuck', reason: 'UndoUnreadable', message }, requeueAfter: 60_000 };
}
