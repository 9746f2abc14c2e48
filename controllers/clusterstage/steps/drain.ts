import { forbidden, nextToGo, settledAt, type HoldUp } from '../drain.ts';
import type { Intent } from '../intents.ts';
import type { StepInput, StepResult, Trouble } from './step.ts';
import { drains } from '../stage-steps.ts';

/** Milliseconds. What lets a pod go is heard of; this is for when the news got lost, and for refusals. */
const lookAgain = 5000;
/** Seconds for a pod to end of which nobody on its node hears. */
const unheard = 1;

/** No pod is on the node, or on its way to it, that has to go, says the cache and then the API server itself. */
export function drainStep(input: StepInput): StepResult {
  const { spec, view, progress, since, now } = input;
  if (!drains(spec)) return { done: true };
  if (view.pods.length > 0) return moving(input);
  if (progress.completed?.includes('drain') === true) return { done: true };
  const { settledSince = now.toISOString() } = progress;
  const left = settledAt(since) - now.getTime();
  if (left <= 0 && view.seenEmpty) return { done: true };
  return {
    done: false,
    rate: 99,
    fields: { settledSince },
    trouble: { kind: 'waiting', reason: 'NodeSettling', message: `node ${view.name} is empty, and has to stay so` },
    requeueAfter: Math.max(left, 100),
  };
}

function moving({ spec, view, progress, since, allowance, now }: StepInput): StepResult {
  const { pods, refused, name } = view;
  const drain = spec.drain ?? {};
  const total = Math.max(progress.pods ?? 0, pods.length);
  const common = {
    done: false,
    rate: Math.floor(((total - pods.length) / total) * 99),
    fields: { settledSince: undefined, pods: total },
    requeueAfter: lookAgain,
  };
  const notAllowed = forbidden(pods, drain);
  const { go, held } = nextToGo(
    pods.filter(({ uid }) => !notAllowed.some(({ pod }) => pod.uid === uid)),
    refused,
    allowance,
  );
  const grace = view.unreachable ? unheard : drain.gracePeriodSeconds;
  const intents = go.map((pod): Intent => ({
    do: 'evict',
    pod,
    ...(grace === undefined ? {} : { gracePeriodSeconds: grace }),
    because: `pods leave ${name}`,
  }));
  const trouble = troubleOf(notAllowed, held) ?? (view.unreachable ? stayingOn(view) : stillGoing(pods));
  const late = Date.parse(since) + (drain.timeoutSeconds ?? 3600) * 1000 < now.getTime();
  if (!late || trouble.kind === 'stuck') return { ...common, intents, trouble };
  const { timeoutSeconds = 3600 } = drain;
  const message = `node ${name} is not empty after ${timeoutSeconds} s, and nothing is forced: ${trouble.message}`;
  return { ...common, intents, trouble: { kind: 'stuck', reason: 'DrainTimeout', message } };
}

function troubleOf(notAllowed: readonly HoldUp[], held: readonly HoldUp[]): Trouble | undefined {
  const [first] = notAllowed;
  if (first !== undefined) return { kind: 'stuck', reason: 'PodsMayNotMove', message: first.message };
  const lasting = held.find((each) => each.lasting);
  if (lasting !== undefined) return { kind: 'stuck', reason: 'DrainBlocked', message: more(lasting, held) };
  const [passing] = held;
  return passing === undefined ? undefined : { kind: 'waiting', reason: 'DrainBlocked', message: more(passing, held) };
}

function more({ message }: HoldUp, held: readonly HoldUp[]): string {
  const others = held.length - 1;
  if (others === 0) return message;
  return `${message}, and ${others === 1 ? 'one more pod is' : `${others} more pods are`} held`;
}

/** Deleted pods on a node of which nothing is heard: they may live on, and write to their volumes. */
function stayingOn({ name, pods }: StepInput['view']): Trouble {
  const others = pods.length === 1 ? '' : ` and ${pods.length - 1} more`;
  const message =
    `node ${name} cannot be reached, so that pod ${pods[0]?.key ?? ''}${others} may live on: ` +
    'bring it back, or switch it off and give it the taint node.kubernetes.io/out-of-service';
  return { kind: 'stuck', reason: 'NodeUnreachable', message };
}

function stillGoing(pods: StepInput['view']['pods']): Trouble {
  const [first] = pods;
  const others = pods.length === 1 ? '' : ` and ${pods.length - 1} more`;
  return { kind: 'waiting', reason: 'Draining', message: `pod ${first?.key ?? ''}${others} to leave the node` };
}
