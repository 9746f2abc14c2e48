import type { Course } from './event-facts.ts';
import { endFacts } from './event-facts.ts';
import type { RunEvent } from './events.ts';
import type { HostResult } from './executor.ts';
import { failureMessage } from './failure-message.ts';
import { objectField, textField } from './json.ts';
import type { JsonObject } from './json.ts';
import { plainEnds } from './plain-text.ts';

type Told = Pick<HostResult, 'result' | 'message' | 'unfinished'>;

/**
 * What became of a host that Ansible counted, with the reason: its own failure, another one's that cut it off, a turn
 * that never came.
 * @param events the failures that the course names, by uuid
 */
export function withCourse(host: HostResult, course: Course, events: ReadonlyMap<string, RunEvent>): HostResult {
  return { ...host, ...tell(host, course, events) };
}

/** The failures that what became of a host may be told by. */
export function eventsOf({ fatal, cut, unreached }: Course, host: string): readonly string[] {
  return [fatal, cut, unreached].flatMap((events) => events.get(host) ?? []);
}

/**
 * Hosts outside the specification that Ansible counts as failed or unreachable.
 * @param stats data of `playbook_on_stats`
 */
export function othersInTrouble(hosts: readonly string[], stats: JsonObject): readonly string[] {
  const listed = new Set(hosts);
  const troubled = ['failures', 'dark'].flatMap((kind) => Object.keys(objectField(stats, kind)));
  return [...new Set(troubled)].filter((host) => !listed.has(host));
}

/** How many hosts outside the specification are named. */
export const NAMED_ELSEWHERE = 2;

/** One line on hosts outside the specification that failed, with task and words. */
export function troubleElsewhere(
  others: readonly string[],
  { fatal }: Course,
  events: ReadonlyMap<string, RunEvent>,
): string | undefined {
  if (others.length === 0) return undefined;
  const told = others.slice(0, NAMED_ELSEWHERE).map((host) => {
    const failure = events.get(fatal.get(host) ?? '');
    return failure === undefined ? `${host} failed` : `${host}: ${failureMessage(failure)}`;
  });
  const rest = others.length - told.length;
  return plainEnds(`${told.join('; ')}${rest > 0 ? `; and ${rest} more` : ''}`);
}

function tell({ name, result }: HostResult, course: Course, events: ReadonlyMap<string, RunEvent>): Told {
  const event = (uuid: string | undefined): RunEvent | undefined => events.get(uuid ?? '');
  if (result === 'failed' || result === 'unreachable') {
    const fatal = event(course.fatal.get(name));
    return { result, ...(fatal === undefined ? {} : { message: failureMessage(fatal) }) };
  }
  const unfinished = (message: string): Told => ({ result, message: plainEnds(message), unfinished: true });
  const cut = course.cut.get(name);
  if (cut !== undefined) return unfinished(cutOff(event(cut)));
  if (course.waiting.has(name))
    return unfinished('A play ended before the turn of this host came (serial): its tasks did not run here.');
  if (course.begun < course.plays)
    return unfinished('The run ended before all plays of the content began: later tasks may not have run here.');
  if (!course.selected.has(name)) return { result, message: 'No play of the content selects this host.' };
  const unreached = course.unreached.get(name);
  if (unreached !== undefined) return { result: 'notRun', message: neverReached(event(unreached)) };
  return result === 'notRun' ? { result, message: 'Nothing was to be done here.' } : { result };
}

function cutOff(failure: RunEvent | undefined): string {
  if (failure === undefined) return 'A failure on another host ended the play: later tasks may not have run here.';
  const [host, task] = [textField(failure.data, 'host'), textField(failure.data, 'task')];
  const { endsPlay } = endFacts(failure);
  return `Task "${task}" failed on ${host}, which ended the play (${endsPlay}): later tasks may not have run here.`;
}

function neverReached(failure: RunEvent | undefined): string {
  const why = failure === undefined ? '' : `: ${failureMessage(failure)}`;
  return plainEnds(`Never reached, which the content ignores${why}`);
}
