import { rfc3339 } from '../../kube/conditions.ts';
import { keyOf } from '../../kube/objects.ts';
import { freeStaleClaims, released, waitForHosts } from '../shared/claim-steps.ts';
import { firstOf } from '../shared/planning.ts';
import { showPlan, timeToLive, waitWhilePaused } from '../shared/steps.ts';
import { leaveNothingBehind } from './deletion.ts';
import { describe } from './dryrun.ts';
import { comeToTheEnd } from './ending.ts';
import { hostsOf } from './indexers.ts';
import type { Plan } from './intents.ts';
import { waitsSince } from './known-kind.ts';
import { factsOf } from './nodes.ts';
import type { Observed } from './observe.ts';
import { nodesToDo } from './order.ts';
import { isFinished } from './phases.ts';
import { isError, type Finding } from './preflight/finding.ts';
import { findingsOf } from './preflight/findings.ts';
import { reports } from './reports.ts';
import { roll } from './roll.ts';
import { snapshotToTake } from './snapshot.ts';

/** In this order: a later step may rely on what every earlier one ruled out. */
const steps: readonly ((observed: Observed, now: Date) => Plan | undefined)[] = [
  leaveNothingBehind,
  keepFinished,
  comeToTheEnd,
  roll,
  stopBeforeStart,
  whilePaused,
  waitForJob,
  waitForCluster,
  waitForRival,
  refuseWhatCannotWork,
  showSteps,
  endWhereNothingIsToDo,
  freeStale,
  waitForTurn,
];

/** Decides what is to be done for an upgrade, from what was observed alone. */
export function plan(observed: Observed, now: Date): Plan {
  const next = firstOf(steps, observed, now) ?? begin(observed, now);
  const { claims } = observed;
  if (next.status?.phase !== 'Pending') return next;
  // What a start that failed half-way has claimed: who holds it while he waits could wait for one that waits for it.
  return { ...next, intents: [...released(claims, 'an upgrade that waits holds no machine'), ...next.intents] };
}

const seconds = (count: number): number => count * 1000;

function keepFinished({ upgrade, claims }: Observed, now: Date): Plan | undefined {
  if (!isFinished(upgrade)) return undefined;
  const intents = released(claims, 'the upgrade has ended');
  const status = reports.stillEnded(upgrade);
  const told = status === undefined ? {} : { status };
  const life = timeToLive(upgrade.spec, upgrade.status?.completionTime, now);
  if (life === undefined) return { intents, ...told };
  return life.left > 0
    ? { intents, ...told, requeueAfter: life.left }
    : { intents: [...intents, { do: 'deleteUpgrade', because: life.because }] };
}

function stopBeforeStart({ upgrade, claims }: Observed, now: Date): Plan | undefined {
  if (upgrade.spec.stop !== true) return undefined;
  const status = { phase: 'Stopped', completionTime: rfc3339(now) } as const;
  const message = 'stopped on request before it started';
  const intents = released(claims, 'the upgrade is stopped');
  return reports.ended(upgrade, now, { good: false, reason: 'Stopped', message, status }, intents);
}

function whilePaused({ upgrade }: Observed, now: Date): Plan | undefined {
  return waitWhilePaused(upgrade, now, reports, 'to let the upgrade start');
}

/** Comes right by itself when somebody makes the job: its watch brings us back. */
function waitForJob({ upgrade, jobThere }: Observed, now: Date): Plan | undefined {
  if (jobThere) return undefined;
  const { name } = upgrade.spec.members.hosts.taskTemplate.jobRef;
  const where = `there is no AgentJob ${name} in namespace ${upgrade.metadata.namespace}`;
  const message = `spec.members.hosts.taskTemplate.jobRef: ${where}; create it, or name another one`;
  return reports.stuck(upgrade, now, 'JobNotFound', message, seconds(300));
}

function waitForCluster({ upgrade, sight }: Observed, now: Date): Plan | undefined {
  if (sight.is === 'seen') return undefined;
  if (sight.is === 'not asked') return reports.waiting(upgrade, now, 'Pending', 'the cluster is looked at', seconds(1));
  const { reason, message, forSomebody } = sight.trouble;
  return forSomebody
    ? reports.stuck(upgrade, now, reason, message, seconds(10))
    : reports.waiting(upgrade, now, reason, message, seconds(5));
}

/**
 * Two of them would each take the other's setting for what was there before; and what is found while the other works,
 * nobody is to put right.
 */
function waitForRival({ upgrade, rival }: Observed, now: Date): Plan | undefined {
  if (rival === undefined || upgrade.spec.dryRun === true) return undefined;
  const { serviceGroupInstanceNo: number } = rival.spec;
  const other = number === upgrade.spec.serviceGroupInstanceNo ? '' : `, although by another number (${number}),`;
  const message = `RollingUpgrade ${keyOf(rival)} is for the same cluster${other} and goes first`;
  return reports.waiting(upgrade, now, 'OtherUpgrade', message, seconds(15));
}

/** Stalled, not failed: it begins as soon as what stands against it is put right. */
function refuseWhatCannotWork(observed: Observed, now: Date): Plan | undefined {
  const { upgrade } = observed;
  const errors = findingsIn(observed, now).filter(isError);
  const [first] = errors;
  if (first === undefined) return undefined;
  const more = errors.length === 1 ? '' : ` (and ${errors.length - 1} more, see status.preflight)`;
  const message = `${first.check}: ${first.message}; ${first.fix ?? ''}${more}`;
  const stuck = withFacts(reports.stuck(upgrade, now, 'PreflightFailed', message, seconds(15)), observed, now);
  if (upgrade.spec.dryRun !== true || stuck.status === undefined || observed.sight.is !== 'seen') return stuck;
  return { ...stuck, status: { ...stuck.status, plan: describe(upgrade, observed.sight, now) } };
}

function findingsIn({ upgrade, sight }: Observed, now: Date): readonly Finding[] {
  if (sight.is !== 'seen' || sight.survey === undefined) return [];
  return findingsOf(upgrade, { look: sight.look, survey: sight.survey, now });
}

function showSteps(observed: Observed, now: Date): Plan | undefined {
  const { upgrade, sight } = observed;
  if (sight.is !== 'seen') return undefined;
  const shown = showPlan(upgrade, now, reports, () => describe(upgrade, sight, now));
  return shown === undefined ? undefined : withFacts(shown, observed, now);
}

function endWhereNothingIsToDo(observed: Observed, now: Date): Plan | undefined {
  const { upgrade, sight } = observed;
  if (sight.is !== 'seen' || nodesToDo(upgrade, sight.look).length > 0) return undefined;
  const message = `every node has ${upgrade.spec.targetVersion} already`;
  const status = { phase: 'Succeeded', completionTime: rfc3339(now) } as const;
  const intents = released(observed.claims, 'there is nothing to do');
  const end = { good: true, reason: 'NothingToDo', message, status };
  return withFacts(reports.ended(upgrade, now, end, intents), observed, now);
}

function freeStale({ upgrade, claims }: Observed, now: Date): Plan | undefined {
  return freeStaleClaims(upgrade, claims, now, reports);
}

function waitForTurn({ upgrade, claims }: Observed, now: Date): Plan | undefined {
  return waitForHosts(upgrade, claims, waitsSince(upgrade), now, reports);
}

/** All machines are claimed for the whole of it: what else is done to one of them could take a second node away. */
function begin(observed: Observed, now: Date): Plan {
  const { upgrade, claims } = observed;
  const count = upgrade.spec.members.hosts.nodes.length;
  const message = `upgrading ${count} ${count === 1 ? 'node' : 'nodes'} to ${upgrade.spec.targetVersion}`;
  const { plan: _, ...status } = reports.progress(upgrade, now, { phase: 'Running' }, 'Running', message);
  const because = `${keyOf(upgrade)} may start`;
  const started: Plan = {
    intents: [
      { do: 'addFinalizer', because: 'a deleted upgrade must not leave the cluster as it set it' },
      { do: 'claimHosts', hosts: hostsOf(upgrade), tickets: claims.tickets, because },
    ],
    status: { ...status, startTime: rfc3339(now), ...snapshotToTake(observed, now) },
    event: { type: 'Normal', reason: 'Started', action: 'Upgrade', note: message },
  };
  return withFacts(started, observed, now);
}

/** What was found is told whether it begins or not. */
function withFacts(next: Plan, observed: Observed, now: Date): Plan {
  const { upgrade, sight } = observed;
  if (sight.is !== 'seen' || next.status === undefined) return next;
  const facts = factsOf(upgrade, sight.look, now);
  return { ...next, status: { ...next.status, ...facts, preflight: findingsIn(observed, now) } };
}
