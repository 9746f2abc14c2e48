import type { StepInput, StepResult } from './step.ts';

/** Milliseconds. A change of the node is heard of. */
const lookAgain = 30_000;

/** The node has been ready for as long as the spec says. */
export function readyStep({ stage, view, progress, since, now }: StepInput): StepResult {
  const { name, ready } = view;
  if (!ready) {
    const { readyTimeoutSeconds = 1800 } = stage.spec;
    const late = Date.parse(since) + readyTimeoutSeconds * 1000 <= now.getTime();
    const message = late ? `node ${name} is not Ready after ${readyTimeoutSeconds} s` : `node ${name} is not Ready`;
    return {
      done: false,
      fields: { settledSince: undefined },
      trouble: late
        ? { kind: 'stuck', reason: 'ReadyTimeout', message }
        : { kind: 'waiting', reason: 'NodeNotReady', message },
      requeueAfter: lookAgain,
    };
  }
  const wanted = stage.spec.minReadySeconds ?? 10;
  const { settledSince = now.toISOString() } = progress;
  const left = Date.parse(settledSince) + wanted * 1000 - now.getTime();
  if (left <= 0) return { done: true };
  const message = `node ${name} is Ready, and has to be for ${wanted} s`;
  return {
    done: false,
    rate: 50,
    fields: { settledSince },
    trouble: { kind: 'waiting', reason: 'NodeSettling', message },
    requeueAfter: left,
  };
}
