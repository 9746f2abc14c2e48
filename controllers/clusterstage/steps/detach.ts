import { drains } from '../stage-steps.ts';
import type { StepInput, StepResult } from './step.ts';

/** Milliseconds. That a volume is detached is heard of; this is for when the news got lost. */
const lookAgain = 10_000;

/** No volume is attached to the node for a pod that has left it, and none came meanwhile. */
export function detachStep({ spec, view, progress, since, now }: StepInput): StepResult {
  if (!drains(spec)) return { done: true };
  const { name, attached } = view;
  if (attached.length === 0) {
    const asSeen = view.seenEmpty || progress.completed?.includes('detach') === true;
    return asSeen ? { done: true } : { done: false, rate: 99, requeueAfter: 100 };
  }
  const { detachTimeoutSeconds = 600 } = spec.drain ?? {};
  const others = attached.length === 1 ? '' : ` and ${attached.length - 1} more`;
  const volumes = `VolumeAttachment ${attached[0] ?? ''}${others}`;
  const left = Date.parse(since) + detachTimeoutSeconds * 1000 - now.getTime();
  const late = left <= 0;
  const message = late
    ? `node ${name} is empty, but after ${detachTimeoutSeconds} s has volumes attached (nothing is forced): ${volumes}`
    : `${volumes} of node ${name} to go: volumes of pods that have left it are being detached`;
  return {
    done: false,
    trouble: late
      ? { kind: 'stuck', reason: 'DetachTimeout', message }
      : { kind: 'waiting', reason: 'Detaching', message },
    requeueAfter: late ? lookAgain : Math.min(left, lookAgain),
  };
}
