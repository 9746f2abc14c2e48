import type { RunStep } from '../../../crds/runlog.ts';
import { endFacts } from './event-facts.ts';
import type { RunEvent } from './events.ts';
import { stepMessage } from './failure-message.ts';
import { textField } from './json.ts';
import { plainLine } from './plain-text.ts';

/** Most steps of one run that are kept; of more, the first ones, so that what was written of them stays as it is. */
const STEP_LIMIT = 50_000;

const NAME_LIMIT = 256;

const endings: Readonly<Record<string, RunStep['result']>> = {
  runner_on_ok: 'ok',
  runner_on_skipped: 'skipped',
  runner_on_failed: 'failed',
  runner_on_unreachable: 'unreachable',
  runner_on_async_failed: 'asyncFailed',
};

/**
 * Puts the steps of a run together from its events, in the order of their start. Items of a loop and attempts of
 * `until` belong to the step of their task; a handler that is notified again is a step again; a delegated task is a
 * step of the host it was delegated by.
 */
export class StepFold {
  readonly #limit: number;
  readonly #steps: RunStep[] = [];
  /** When each step began and ended, milliseconds since the epoch: steps themselves tell whole seconds. */
  readonly #times: { readonly from: number; to: number }[] = [];
  /** Place among the steps of the last one of a host and task. */
  readonly #last = new Map<string, number>();

  constructor(limit: number = STEP_LIMIT) {
    this.#limit = limit;
  }

  /** Events are added in the order of their happening. */
  add(event: RunEvent): void {
    const host = textField(event.data, 'host');
    const result = event.name === 'runner_on_start' ? 'running' : endings[event.name];
    if (host === undefined || result === undefined) return;
    const key = `${host} ${textField(event.data, 'task_uuid') ?? ''}`;
    const place = this.#last.get(key);
    if (result === 'running' || place === undefined) {
      this.#append(key, this.#step(host, result, event), {
        from: moment(event, 'start'),
        to: result === 'running' ? Infinity : moment(event, 'end'),
      });
    } else {
      const step = this.#steps[place];
      if (step !== undefined) this.#steps[place] = this.#ended(step, result, event);
      const times = this.#times[place];
      if (times !== undefined) times.to = moment(event, 'end');
    }
  }

  /** Steps that did not end have no `end`. */
  steps(): readonly RunStep[] {
    return [...this.#steps];
  }

  /** Places among the steps of those under way at a moment (milliseconds since the epoch). */
  during(at: number): readonly number[] {
    return this.#times.flatMap(({ from, to }, place) => (from <= at && at <= to ? [place] : []));
  }

  #append(key: string, step: RunStep, times: { readonly from: number; to: number }): void {
    if (this.#steps.length >= this.#limit) {
      // What ends now must not be taken for the end of the step before it.
      this.#last.delete(key);
      return;
    }
    this.#last.set(key, this.#steps.length);
    this.#steps.push(step);
    this.#times.push(times);
  }

  #step(host: string, result: RunStep['result'], event: RunEvent): RunStep {
    const { data } = event;
    const step: RunStep = {
      host: plainLine(host, NAME_LIMIT),
      name: plainLine(textField(data, 'task') ?? '', NAME_LIMIT),
      action: plainLine(textField(data, 'resolved_action') ?? textField(data, 'task_action') ?? '', NAME_LIMIT),
      start: seconds(textField(data, 'start') ?? event.created),
      end: '',
      result: 'running',
    };
    return result === 'running' ? step : this.#ended(step, result, event);
  }

  #ended(step: RunStep, result: RunStep['result'], event: RunEvent): RunStep {
    const { data } = event;
    const { host, action, start } = step;
    // Of a task in the background two events tell the same failure, first that it was one in the background.
    const verdict = step.result === 'asyncFailed' && result === 'failed' ? 'asyncFailed' : changed(result, event);
    const message = ['failed', 'unreachable', 'asyncFailed'].includes(verdict) ? stepMessage(event) : undefined;
    return {
      host,
      // Only now its variables have their values.
      name: plainLine(textField(data, 'task') ?? step.name, NAME_LIMIT),
      action,
      start,
      end: seconds(textField(data, 'end') ?? event.created),
      result: verdict,
      ...(data['ignore_errors'] === true || endFacts(event).ignored ? { ignored: true } : {}),
      ...(message === undefined ? {} : { message }),
    };
  }
}

function changed(result: RunStep['result'], event: RunEvent): RunStep['result'] {
  return result === 'ok' && endFacts(event).changed ? 'changed' : result;
}

/** Milliseconds since the epoch; NaN when the event bears no time. */
function moment({ data, created }: RunEvent, field: 'start' | 'end'): number {
  return Date.parse(textField(data, field) ?? created ?? '');
}

/** RFC 3339, UTC, whole seconds; empty when the event bears no time. */
function seconds(time: string | undefined): string {
  const at = new Date(time ?? '');
  return Number.isNaN(at.getTime()) ? '' : `${at.toISOString().slice(0, 19)}Z`;
}
