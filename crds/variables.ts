/**
 * Connection settings of Ansible that a variable of a task may carry. Others choose programs that run on the machine of
 * the controller.
 */
const allowedSettings: ReadonlySet<string> = new Set(['ansible_port', 'ansible_python_interpreter']);

const variableName = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
const interpreterPath = /^\/[\w./+-]{1,255}$/;

/**
 * Why a variable of a task is refused: for its name, as a setting of Ansible's own, or for the value of one of the
 * settings that may be there.
 */
export type VariableProblem = 'NAME' | 'SETTING' | 'INTERPRETER' | 'PORT';

/**
 * The rule of AgentTask's `variables`, which its schema cannot say.
 * @returns undefined when the variable may be there
 */
export function variableProblem(name: string, value: unknown): VariableProblem | undefined {
  if (!variableName.test(name)) return 'NAME';
  if (name.startsWith('ansible_') && !allowedSettings.has(name)) return 'SETTING';
  if (name === 'ansible_python_interpreter' && (typeof value !== 'string' || !interpreterPath.test(value)))
    return 'INTERPRETER';
  if (name === 'ansible_port' && !(Number.isInteger(value) && Number(value) > 0 && Number(value) < 65_536))
    return 'PORT';
  return undefined;
}
