import type { ApiError } from '../../kube/errors.ts';
import { truncate } from '../../kube/conditions.ts';
import { ParamError } from './errors.ts';
import type { RunBody } from './body.ts';

/** What fields of an AgentTask are called in this API. Those that a caller cannot set are missing. */
export const calledHere: Readonly<Record<string, string>> = {
  hosts: 'nodes',
  content: 'tasks',
  user: 'user',
  variables: 'params',
  forks: 'fork_num',
  timeoutSeconds: 'timeoutSeconds',
  correlationID: 'X-CORRELATION-ID',
  source: 'X-RESOURCE',
};

/** So many problems are told at once; nobody reads more before mending these. */
const maxProblems = 5;

/**
 * Says in this API's words what the API server has against a task (422).
 * @returns undefined when it is nothing that the caller sent, such as the name of the Secret
 */
export function paramErrorOf(error: ApiError, body: Pick<RunBody, 'content' | 'tasks'>): ParamError | undefined {
  const problems = causesOf(error).flatMap(({ field, message }) => {
    const [, name = '', rest = ''] = /^spec\.(\w+)(.*)$/s.exec(field) ?? [];
    const ours = calledHere[name];
    if (ours === undefined) return [];
    const called = ours === 'tasks' && (body.tasks ?? '') === '' ? 'content' : ours;
    return [`${called}${rest}: ${plain(message, `spec.${name}`)}`];
  });
  if (problems.length === 0) return undefined;
  const told = [...new Set(problems)];
  const more = told.length > maxProblems ? `; and ${told.length - maxProblems} more` : '';
  return new ParamError(`${told.slice(0, maxProblems).join('; ')}${more}`, { cause: error });
}

interface Cause {
  readonly field: string;
  readonly message: string;
}

function causesOf({ status }: ApiError): readonly Cause[] {
  const causes = status.details?.causes?.map(({ field = '', message = '' }) => ({ field, message }));
  if (causes !== undefined) return causes;
  // An answer about hundreds of values is cut before it reaches us; its beginning still names the first field.
  const [, field] = /(spec\.\w+(?:\[\d+\])?)/.exec(status.message ?? '') ?? [];
  return field === undefined
    ? []
    : [{ field, message: 'is not valid, and much else is not: mend the first values and try again' }];
}

/** `Invalid value: "a b": not a user name: …` becomes `"a b" is not valid: not a user name: …`. */
function plain(message: string, field: string): string {
  const text = message.replaceAll(`${field} in body `, '');
  const invalid = /^Invalid value: ("(?:[^"\\]|\\.)*"|[\w.-]+): (.*)$/s.exec(text);
  const duplicate = /^Duplicate value: ("(?:[^"\\]|\\.)*")$/s.exec(text);
  if (duplicate !== null) return `${truncate(duplicate[1] ?? '', 80)} is listed before: list each once`;
  if (invalid !== null) return `${truncate(invalid[1] ?? '', 80)} is not valid: ${truncate(invalid[2] ?? '', 400)}`;
  return truncate(text.replace(/^Forbidden: /, ''), 400);
}
