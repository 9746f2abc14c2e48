import type { AgentTask, AgentTaskWaiting, AgentTaskWaitingReason } from '../../../crds/types/agenttask.ts';
import { rfc3339 } from '../../../kube/conditions.ts';
import { holdsUp } from './holds.ts';
import type { Judgement } from './judgement.ts';
import { troubleText } from './report.ts';
import { fingerprint } from './work.ts';

/** What a person has to answer before a batch may begin. */
export interface Question {
  /** The batch, by its number from 1. */
  readonly batch: number;
  /** Another one for each question, so that an answer speaks for one alone. */
  readonly revision: string;
  readonly reason: AgentTaskWaitingReason;
  /** What the batch would run is not what those before it have run, whatever else there is to ask. */
  readonly jobChanged: boolean;
}

/**
 * @param before the batch before; undefined for the first one
 * @param work what the batch would run at present
 * @returns undefined when the batch may begin as far as persons are concerned
 */
export function questionBefore(
  batch: number,
  task: AgentTask,
  before: Judgement | undefined,
  work: string,
): Question | undefined {
  const reason = reasonToAsk(batch, task, before, work);
  if (reason === undefined) return undefined;
  const last = task.status?.decisions?.at(-1)?.revision ?? '';
  const revision = fingerprint(`${task.metadata.uid} ${batch} ${work} ${last}`);
  return { batch, revision, reason, jobChanged: isOther(work, task) };
}

function isOther(work: string, { status }: AgentTask): boolean {
  return status?.work !== undefined && status.work !== work;
}

function reasonToAsk(
  batch: number,
  task: AgentTask,
  before: Judgement | undefined,
  work: string,
): AgentTaskWaitingReason | undefined {
  const { rollout = {} } = task.spec;
  const confirmed = task.status?.decisions?.some((each) => each.batch === batch && each.action === 'Proceed') === true;
  if (!confirmed && before !== undefined && holdsUp(before, rollout)) return 'BatchFailed';
  if (isOther(work, task)) return 'JobChanged';
  return !confirmed && rollout.confirmBefore?.includes(batch) === true ? 'ConfirmPoint' : undefined;
}

/** As the status shows it. It waits from the moment at which it was first asked. */
export function asked({ batch, revision, reason }: Question, { status }: AgentTask, now: Date): AgentTaskWaiting {
  const same = status?.waiting?.batch === batch && status.waiting.reason === reason;
  return { batch, revision, reason, since: same ? status.waiting.since : rfc3339(now) };
}

/** Why a batch waits, and what lets it begin, for people. */
export function questionText(
  { batch, revision, reason, jobChanged }: Question,
  { spec }: AgentTask,
  before: Judgement | undefined,
  total: number,
): string {
  // A merge patch leaves what an earlier answer said besides.
  const rest = spec.confirm?.hosts === undefined ? '' : ', "action": "Proceed", "hosts": null';
  const answer = `{"batch": ${batch}, "revision": "${revision}", "user": "<your user name>"${rest}}`;
  const other = `AgentJob ${spec.jobRef?.name} is not what it was when the task began`;
  const besides = jobChanged ? `, and ${other}` : '';
  const way = `set spec.confirm to ${answer} to let batch ${batch} begin, or spec.stop to end the task`;
  switch (reason) {
    case 'BatchFailed':
      return `${before === undefined ? '' : troubleText(before, total)}${besides}: ${way}`;
    case 'ConfirmPoint':
      return `spec.rollout.confirmBefore names batch ${batch} of ${total}: ${way}`;
    case 'JobChanged':
      return `${other}: ${way}`;
  }
}
