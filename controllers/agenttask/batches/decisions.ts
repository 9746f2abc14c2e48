import type {
  AgentTask,
  AgentTaskBatch,
  AgentTaskConfirm,
  AgentTaskConfirmAction,
  AgentTaskDecision,
  AgentTaskHost,
} from '../../../crds/types/agenttask.ts';
import { rfc3339 } from '../../../kube/conditions.ts';
import { mayHaveChanged } from './changed.ts';
import { badHosts } from './holds.ts';
import type { Judgement } from './judgement.ts';
import type { Question } from './questions.ts';

/** Decisions in one status; of more the eldest go. */
const most = 1000;

/** @returns the answer to this very question; undefined where spec.confirm has none that can be followed */
export function answerTo(
  question: Question,
  { spec, status }: AgentTask,
  before: Judgement | undefined,
): AgentTaskConfirm | undefined {
  const { confirm } = spec;
  // A question that nobody was shown nobody can have answered.
  if (confirm === undefined || status?.waiting?.revision !== question.revision) return undefined;
  if (confirm.batch !== question.batch || confirm.revision !== question.revision) return undefined;
  return strangersIn(confirm, before).length === 0 ? confirm : undefined;
}

/** What keeps an answer from being followed, for people; undefined where nothing does. */
export function objectionTo(
  question: Question,
  { spec: { confirm } }: AgentTask,
  before: Judgement | undefined,
): string | undefined {
  if (confirm?.revision !== question.revision) return undefined;
  const strangers = strangersIn(confirm, before);
  return strangers.length === 0
    ? undefined
    : `spec.confirm names ${strangers.slice(0, 3).join(', ')}, on which nothing went wrong in the batch before`;
}

/** Hosts to be tried again or set aside that hold up nothing. */
function strangersIn({ action, hosts = [] }: AgentTaskConfirm, before: Judgement | undefined): readonly string[] {
  if (action === undefined || action === 'Proceed') return [];
  const bad = new Set(before === undefined ? [] : badHosts(before).map(({ name }) => name));
  return hosts.filter((host) => !bad.has(host));
}

/** What follows from an answer: what is recorded, and how the batches stand. */
export function decided(
  { status }: AgentTask,
  { batch, revision, action = 'Proceed', user, hosts, comment }: AgentTaskConfirm,
  judgements: readonly Judgement[],
  now: Date,
): { readonly decisions: readonly AgentTaskDecision[]; readonly judgements: readonly Judgement[] } {
  const decision: AgentTaskDecision = {
    batch,
    revision,
    action,
    user,
    time: rfc3339(now),
    ...(hosts === undefined ? {} : { hosts }),
    ...(comment === undefined ? {} : { comment }),
  };
  return {
    decisions: [...(status?.decisions ?? []), decision].slice(-most),
    judgements: judgements.map((each) =>
      each.batch.number === batch - 1
        ? { ...each, batch: changedBy(action, each.batch, each.hosts, hosts ?? []) }
        : each,
    ),
  };
}

/** `alice: batch 3 may begin`, for people. */
export function decisionText({ batch, action = 'Proceed', user, hosts = [] }: AgentTaskConfirm): string {
  const who = `${hosts.slice(0, 3).join(', ')}${hosts.length > 3 ? ` and ${hosts.length - 3} more` : ''}`;
  switch (action) {
    case 'Retry':
      return `${user}: batch ${batch - 1} is tried again on ${who}`;
    case 'Skip':
      return `${user}: ${who} of batch ${batch - 1} no longer holds up the next batch`;
    case 'Proceed':
      return `${user}: batch ${batch} may begin`;
  }
}

function changedBy(
  action: AgentTaskConfirmAction,
  batch: AgentTaskBatch,
  results: readonly AgentTaskHost[],
  hosts: readonly string[],
): AgentTaskBatch {
  switch (action) {
    case 'Retry':
      return triedAgain(batch, results, hosts);
    case 'Skip':
      return { ...batch, skipped: [...new Set([...(batch.skipped ?? []), ...hosts])] };
    case 'Proceed':
      return batch;
  }
}

/** The batch, of which some hosts have another try before them. What was changed so far stays known. */
function triedAgain(
  batch: AgentTaskBatch,
  results: readonly AgentTaskHost[],
  retried: readonly string[],
): AgentTaskBatch {
  const { number, hosts, attempt = 1, skipped } = batch;
  const known = new Map(results.map((host) => [host.name, host]));
  const changedBefore = hosts.filter((host) => mayHaveChanged(batch, host, known.get(host)));
  return {
    number,
    hosts,
    phase: 'Pending',
    attempt: attempt + 1,
    retried,
    ...(skipped === undefined ? {} : { skipped }),
    ...(changedBefore.length === 0 ? {} : { changedBefore }),
  };
}
