import { variableProblem, type VariableProblem } from '../crds/variables.ts';

/** With content, hosts and the results to come, an object stays below what the API server stores (1.5 MiB). */
export const maxVariablesBytes = 256 * 1024;

/** What is wrong with a variable, after its name. */
const problems = {
  NAME: 'cannot be the name of a variable: use letters, digits and "_", not beginning with a digit, at most 128',
  SETTING: "is a setting of Ansible's connection, which variables must not change: set it in the tasks",
  INTERPRETER: 'must be an absolute path, such as "/usr/bin/python3"',
  PORT: 'must be a port, a number from 1 to 65535',
} satisfies Record<VariableProblem, string>;

/** As many has an object. */
const maxVariables = 256;

/**
 * Asked here and not only when the task runs, which would have spent its name.
 * @param most so many there may be
 * @returns what is wrong with the first variable that is refused, with its name and what to do
 */
export function variablesProblem(
  variables: Readonly<Record<string, unknown>>,
  most = maxVariables,
): string | undefined {
  const count = Object.keys(variables).length;
  if (count > most) return `there are ${count} variables, more than ${most}: put some of them into one, by name`;
  for (const [name, value] of Object.entries(variables)) {
    const problem = variableProblem(name, value);
    if (problem !== undefined) return `${JSON.stringify(name.slice(0, 64))} ${problems[problem]}`;
  }
  return undefined;
}
