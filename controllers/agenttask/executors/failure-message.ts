import { explainConnection, isKeyRefused } from './connection-error.ts';
import { endFacts } from './event-facts.ts';
import type { RunEvent } from './events.ts';
import { isObject, objectField, textField } from './json.ts';
import type { JsonObject } from './json.ts';
import { explainMissingRole } from './missing-role.ts';
import { plainEnd, plainEnds } from './plain-text.ts';

/**
 * One line on why a task failed or a host could not be reached: the task's name, the host that it was delegated to, and
 * what the module says. Of a task with `no_log` the runner keeps only Ansible's remark that the output is hidden.
 */
export function failureMessage(event: RunEvent): string {
  const task = textField(event.data, 'task');
  const result = objectField(event.data, 'res');
  const reason = `${reasonOf(result) ?? tooLarge}${lostOrEnded(event)}`;
  const { delegate } = endFacts(event);
  const place = delegate === undefined || delegate === textField(event.data, 'host') ? '' : ` on ${delegate}`;
  return plainEnds(task === undefined || task === '' ? reason : `Task "${task}"${place}: ${reason}`);
}

/** Modules whose command ssh runs itself; with its own exit code 255 it would tell of a lost connection. */
const bareCommands = new Set(['ansible.builtin.raw', 'ansible.builtin.script']);

function lostOrEnded({ name, data }: RunEvent): string {
  return name === 'runner_on_unreachable' &&
    bareCommands.has(textField(data, 'resolved_action') ?? '') &&
    !isKeyRefused(textField(objectField(data, 'res'), 'msg') ?? '')
    ? ' (or the command itself ended with exit code 255)'
    : '';
}

/** Longest message of a step in a run's log, in UTF-16 units. */
const STEP_MESSAGE_LIMIT = 1024;

/**
 * Why one step failed, as the log of the run tells it: what the module says, then the end of what it printed. Undefined
 * under `no_log`.
 */
export function stepMessage(event: RunEvent): string | undefined {
  const result = objectField(event.data, 'res');
  const told = failedItem(result) ?? result;
  if ('censored' in told) {
    return undefined;
  }
  const message = ownWords(told) ?? ownWords(result) ?? '';
  const output = [told['stderr'], told['module_stderr'], told['stdout']].find(
    (text) => typeof text === 'string' && text.trim() !== '',
  );
  const end = typeof output === 'string' ? output : '';
  const line =
    end === '' || message.endsWith(lastLine(end) ?? '')
      ? plainEnds(message, STEP_MESSAGE_LIMIT)
      : [plainEnds(message, STEP_MESSAGE_LIMIT / 4), plainEnd(end, (STEP_MESSAGE_LIMIT * 3) / 4 - 2)]
          .filter((text) => text !== '')
          .join(': ');
  return line === '' ? tooLarge : line;
}

const tooLarge = 'the result was too large to be kept';

function reasonOf(result: JsonObject): string | undefined {
  const censored = textField(result, 'censored');
  if (censored !== undefined) {
    return censored;
  }
  const item = failedItem(result);
  if (item !== undefined) {
    return reasonOf(item) ?? textField(result, 'msg');
  }
  const message = ownWords(result);
  const details = ['stderr', 'module_stderr', ...(typeof result['rc'] === 'number' ? ['stdout'] : [])]
    .map((field) => lastLine(textField(result, field)))
    .find((line) => line !== undefined);
  if (message === undefined) {
    return details;
  }
  // A command's message says nothing without what it printed.
  return `${message}${details === undefined || message.includes(details) ? '' : `: ${details}`}`;
}

/** What the module, or Ansible in its place, says; undefined when it says nothing. */
function ownWords(result: JsonObject): string | undefined {
  const message = textField(result, 'msg') ?? printed(result['msg']) ?? onceOnly(textField(result, 'reason'));
  if (message === undefined) {
    return undefined;
  }
  const { rc, assertion } = result;
  const which =
    assertion === undefined ? '' : ` (assertion: ${typeof assertion === 'string' ? assertion : printed(assertion)})`;
  const code = typeof rc === 'number' && !message.includes(`exit code ${rc}`) ? ` (exit code ${rc})` : '';
  return `${explainConnection(explainMissingRole(message.trim()))}${code}${which}`;
}

/** Of a file that cannot be included Ansible says it twice, first with more. */
function onceOnly(reason: string | undefined): string | undefined {
  const lines = reason?.split('\n');
  return lines
    ?.filter((line, place) => !lines.slice(0, place).some((earlier) => earlier.startsWith(line.replace(/\.$/, ''))))
    .join('\n');
}

/** In a loop the result of the first item that failed says more than that of the whole. */
function failedItem(result: JsonObject): JsonObject | undefined {
  const items: unknown = result['results'];
  return Array.isArray(items)
    ? items.filter(isObject).find((item) => item['failed'] === true || 'censored' in item)
    : undefined;
}

function printed(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : JSON.stringify(value);
}

function lastLine(text: string | undefined): string | undefined {
  const line = text?.trimEnd().split('\n').at(-1)?.trim();
  return line === '' ? undefined : line;
}
