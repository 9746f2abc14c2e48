import type { RunEvent } from './events.ts';
import { isObject, objectField, textField } from './json.ts';
import type { JsonObject } from './json.ts';
import { plainLine } from './plain-text.ts';

/**
 * One line on why a task failed or a host could not be reached: the task's name and what the module says. Of a task with
 * `no_log` the runner keeps only Ansible's remark that the output is hidden.
 */
export function failureMessage(event: RunEvent): string {
  const task = textField(event.data, 'task');
  const result = objectField(event.data, 'res');
  const reason = reasonOf(result) ?? 'the result was too large to be kept';
  return plainLine(task === undefined || task === '' ? reason : `Task "${task}": ${reason}`);
}

function reasonOf(result: JsonObject): string | undefined {
  const censored = textField(result, 'censored');
  if (censored !== undefined) {
    return censored;
  }
  const item = failedItem(result);
  if (item !== undefined) {
    return reasonOf(item) ?? textField(result, 'msg');
  }
  const message = textField(result, 'msg') ?? printed(result['msg']);
  const code = typeof result['rc'] === 'number' ? ` (exit code ${result['rc']})` : '';
  const details = lastLine(textField(result, 'stderr')) ?? lastLine(textField(result, 'module_stderr'));
  if (message === undefined) {
    return details;
  }
  // A connection's error text ends in a generic sentence; a command's says nothing without what it printed.
  return `${message.trim()}${code}${details === undefined || message.includes(details) ? '' : `: ${details}`}`;
}

/** In a loop the result of the first item that failed says more than that of the whole. */
function failedItem(result: JsonObject): JsonObject | undefined {
  const items: unknown = result['results'];
  return Array.isArray(items) ? items.filter(isObject).find((item) => item['failed'] === true || 'censored' in item) : undefined;
}

function printed(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : JSON.stringify(value);
}

function lastLine(text: string | undefined): string | undefined {
  const line = text?.trimEnd().split('\n').at(-1)?.trim();
  return line === '' ? undefined : line;
}
