import { isObject } from '../http/json.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What an `action` asks for. */
interface ModuleCall {
  readonly module: string;
  /** The command of a module that takes one. */
  readonly command: string | undefined;
  readonly options: Fields;
}

/**
 * Ansible's old way of naming the module of a task, `{"action": {"module": "shell", "args": "ls", "chdir": "/tmp"}}`,
 * as the present one, `{"shell": "ls", "args": {"chdir": "/tmp"}}`. The old one is deprecated, and splits a command
 * such as `X=1; echo $X` at its equals signs. The same for `local_action`.
 * @returns the task as it is when it is in another form, or in none that Ansible takes, which shall say so itself
 */
export function modernTask(task: Fields): Fields {
  const key = ['action', 'local_action'].find((name) => isObject(task[name]));
  const call = key === undefined ? undefined : moduleCallOf(task[key]);
  if (call === undefined || Object.hasOwn(task, call.module)) return task;
  const { module, command, options } = call;
  const local = key === 'local_action' && !Object.hasOwn(task, 'delegate_to') ? { delegate_to: 'localhost' } : {};
  const inPlace = (value: unknown): Fields =>
    Object.fromEntries(Object.entries(task).map((entry) => (entry[0] === key ? [module, value] : entry)));
  if (command === undefined) return { ...inPlace(options), ...local };
  if (Object.keys(options).length === 0) return { ...inPlace(command), ...local };
  const own = task['args'] ?? {};
  return isObject(own) ? { ...inPlace(command), args: { ...options, ...own }, ...local } : task;
}

/** @returns undefined for what is not sure to mean a module with its arguments. */
function moduleCallOf(action: unknown): ModuleCall | undefined {
  const { module: named, args = null, ...others } = isObject(action) ? action : {};
  const [, module, rest = ''] = typeof named === 'string' ? (/^\s*([\w.]+)(?:\s+(.*))?$/s.exec(named) ?? []) : [];
  if (module === undefined) return undefined;
  const inName = rest.trim() === '' ? undefined : rest;
  if (typeof args === 'string') return inName === undefined ? { module, command: args, options: others } : undefined;
  if (args !== null && !isObject(args)) return undefined;
  return { module, command: inName, options: { ...others, ...args } };
}
