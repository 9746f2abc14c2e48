import { jsonProblem } from '../http/json-values.ts';
import { ParamError } from './errors.ts';

/**
 * Checks that a value reaches Ansible as it was sent.
 * @throws ParamError beginning with the field
 */
export function checkJson(field: string, value: unknown): void {
  const problem = jsonProblem(value);
  if (problem !== undefined) throw new ParamError(`${field}: ${problem}`);
}
