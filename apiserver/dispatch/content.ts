import { isObject } from '../http/json.ts';
import { modernTask } from './action-form.ts';
import type { RunBody } from './body.ts';
import { ParamError, TooLargeError } from './errors.ts';
import { checkJson } from './check-json.ts';
import { taskListYaml } from './yaml.ts';

const maxContentBytes = 512 * 1024;

/**
 * What a role may be called: names and names within collections, but no paths, which would lead out of the operator's
 * folder of roles.
 */
const roleName = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$/;

/**
 * The Ansible content that a call asks for: YAML text as it was sent, a list of task objects as YAML, or a playbook
 * that applies a list of roles.
 * @throws ParamError, TooLargeError
 */
export function contentOf(body: RunBody): string {
  const field = contentField(body);
  const value = body[field] ?? '';
  const roles = takesRoles(body.tasktype);
  if (typeof value === 'string') {
    if (roles)
      throw new ParamError(`${field}: with this tasktype a list of role names is expected: send for example ["nginx"]`);
    return checkedText(field, value);
  }
  if (value.length === 0)
    throw new ParamError(`${field}: the list is empty: send one ${roles ? 'role' : 'task'} at least`);
  checkJson(field, value);
  // Its JSON is measured before the work of writing YAML is done.
  if (Buffer.byteLength(JSON.stringify(value)) > maxContentBytes) throw tooLarge(field);
  const text = taskListYaml(
    roles ? [{ hosts: 'all', gather_facts: true, roles: roleNames(field, value) }] : taskObjects(field, value),
  );
  if (Buffer.byteLength(text) > maxContentBytes) throw tooLarge(field);
  return text;
}

/**
 * The original program takes every type but `ansible_task` for roles; which of them are let through is up to the mode.
 */
function takesRoles(tasktype: RunBody['tasktype']): boolean {
  return tasktype !== undefined && tasktype !== null && tasktype !== '' && tasktype !== 'ansible_task';
}

/** Which of the two names for the same thing the caller used. @throws ParamError when it was none or both */
function contentField(body: RunBody): 'tasks' | 'content' {
  const given = (['tasks', 'content'] as const).filter(
    (field) => body[field] !== undefined && body[field] !== null && body[field] !== '',
  );
  const [field] = given;
  if (field === undefined)
    throw new ParamError(
      'tasks: one of tasks and content is required: send the Ansible tasks, as YAML text or as a list of task objects',
    );
  if (given.length > 1) throw new ParamError('tasks: tasks and content are two names for the same: send one of them');
  return field;
}

function checkedText(field: string, text: string): string {
  if (Buffer.byteLength(text) > maxContentBytes) throw tooLarge(field);
  if (text.trim() === '') throw new ParamError(`${field}: is blank: send the Ansible tasks`);
  if (!text.isWellFormed())
    throw new ParamError(`${field}: holds half a character (a lone surrogate): send well-formed text`);
  return text;
}

function taskObjects(field: string, list: readonly unknown[]): readonly object[] {
  return list.map((item, index) => {
    if (!isObject(item))
      throw new ParamError(
        `${field}[${index}]: must be object; a list of tasks has one object for each, ` +
          'for example {"action": {"module": "ping"}}; for a list of role names send "tasktype": "ansible_role"',
      );
    return modernTask(item);
  });
}

function roleNames(field: string, list: readonly unknown[]): readonly string[] {
  return list.map((item, index) => {
    if (typeof item !== 'string' || !roleName.test(item))
      throw new ParamError(
        `${field}[${index}]: is not the name of a role: ` +
          `use letters, digits, "_", "-" and ".", at most 200, as the operator's folder of roles names it`,
      );
    return item;
  });
}

function tooLarge(field: string): TooLargeError {
  return new TooLargeError(
    `${field}: is larger than 512 KiB: move files and large data to where the nodes can fetch them`,
  );
}
