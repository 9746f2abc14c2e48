import { rfc3339 } from '../../../kube/conditions.ts';
import { released } from '../../shared/claim-steps.ts';
import type { Plan } from '../intents.ts';
import type { Observed } from '../observe.ts';
import { summarize, untouched } from '../run/outcome.ts';
import { ended, hindered, progress } from '../reports.ts';
import { noFamily } from './observe.ts';
import { made, othersFirst, passedDown } from './orders.ts';
import { counted, reportEvery, reportOf, saying, untilReport } from './report.ts';
import { endingOfFamily, verdictsOn } from './verdicts.ts';

/** The end of a child wakes its parent; this is for when the news got lost. Milliseconds. */
const lookAgain = 30_000;
/** How long (milliseconds) the API server is left alone after it has refused a child. */
const afterRefusal = 10_000;

/** The task is recorded as running before the first child is made, so that its spec is frozen by then. */
export function beginFamily({ task, claims }: Observed, now: Date): Plan {
  const hosts = task.spec.hosts ?? [];
  const { plan: _, ...status } = progress(
    task,
    now,
    'Running',
    'Running',
    `making an AgentTask for each of ${counted(hosts.length)}`,
  );
  const held = released(claims, 'a split task claims no host');
  return {
    intents: [...held, { do: 'addFinalizer', because: 'a deleted task must not leave its children behind' }],
    status: { ...status, summary: summarize(untouched(hosts)), startTime: rfc3339(now) },
    event: {
      type: 'Normal',
      reason: 'Started',
      action: 'Run',
      note: `running on ${counted(hosts.length)}, each by an AgentTask of its own`,
    },
  };
}

/** Makes children, passes down what the parent is told, and takes their results. */
export function familyOnItsWay({ task, family = noFamily }: Observed, now: Date): Plan | undefined {
  if (task.status?.phase !== 'Running') return undefined;
  const { members, refused, refusal } = family;
  const stop = task.spec.stop === true;
  const verdicts = verdictsOn(members, stop);
  const reached = reportOf(verdicts);
  if (verdicts.every(({ settled }) => settled)) {
    const plan = ended(task, now, endingOfFamily(verdicts, stop));
    return { ...plan, ...(plan.status === undefined ? {} : { status: { ...plan.status, ...reached } }) };
  }
  const toMake =
    stop || task.spec.paused === true
      ? []
      : othersFirst(
          members.filter(({ is }) => is === 'unmade'),
          refused,
        );
  const rest = refusal === undefined ? 0 : refusal.at.getTime() + afterRefusal - now.getTime();
  const intents = [...passedDown(task.spec, members), ...(rest > 0 ? [] : made(toMake, members.length))];
  const again = toMake.length === 0 ? lookAgain : Math.max(rest, reportEvery);
  const early = untilReport(family, now);
  if (early > 0) return { intents, requeueAfter: Math.min(again, early) };
  const status =
    refusal === undefined || toMake.length === 0
      ? progress(task, now, 'Running', ...saying(task, members, verdicts))
      : hindered(task, now, 'ChildrenRefused', `the API server refuses further AgentTasks: ${refusal.message}`).status;
  return {
    intents,
    status: { ...status, ...reached, summary: summarize(verdicts.map(({ host }) => host)) },
    requeueAfter: again,
  };
}
