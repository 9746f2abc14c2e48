import type { IncomingHttpHeaders } from 'node:http';

import type { AgentTask } from '../../crds/types/agenttask.ts';
import { ParamError, TooLargeError } from './errors.ts';
import { nameAnnotation, objectNameOf } from './identity.ts';
import { checkJson, isObject } from './json.ts';
import type { CheckBody, RunBody } from './schemas.ts';
import type { TaskQuery } from './tasks.ts';
import { taskListYaml } from './yaml.ts';

/** Who calls, by the headers that the document requires. */
export interface Caller {
  readonly correlationID: string;
  readonly source: string;
}

/** What the operator decides about the tasks that are made. */
export interface TaskDefaults {
  readonly namespace: string;
  readonly credentialsSecret?: string | undefined;
}

const maxNameLength = 255;
const maxContentBytes = 512 * 1024;
/** With content, nodes and the results to come, an object stays below what the API server stores (1.5 MiB). */
const maxParamsBytes = 256 * 1024;

/** @throws ParamError naming the header */
export function callerOf(headers: IncomingHttpHeaders): Caller {
  const correlationID = header(headers, 'x-correlation-id');
  // The document's name and the one that the original program's clients send.
  const source = header(headers, 'x-resource') ?? header(headers, 'x-source');
  if (correlationID === undefined) throw new ParamError('X-CORRELATION-ID: this header is required: send an id of your own, by which the task and its log are found again');
  if (source === undefined) throw new ParamError('X-RESOURCE: this header (or X-SOURCE) is required: send the name of the calling system');
  return { correlationID, source };
}

/**
 * The AgentTask that a call of /api/run asks for, without the label of its id. What a host or a user is called, and how many forks there may be, is
 * left to the API server to judge, so that there is one rule for REST and kubectl.
 * @throws ParamError naming the field, TooLargeError
 */
export function draftOf(body: RunBody, caller: Caller, defaults: TaskDefaults): AgentTask {
  const name = nameOf(body.name);
  const variables = variablesOf(body.params);
  const forks = forksOf(body.fork_num);
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'AgentTask',
    metadata: { namespace: defaults.namespace, name: objectNameOf(name), annotations: { [nameAnnotation]: name } },
    spec: {
      hosts: body.nodes,
      content: contentOf(body),
      user: body.user?.trim() || 'root',
      ...(variables === undefined ? {} : { variables }),
      ...(forks === undefined ? {} : { forks }),
      ...(defaults.credentialsSecret === undefined ? {} : { credentialsSecretRef: { name: defaults.credentialsSecret } }),
      correlationID: caller.correlationID,
      source: caller.source,
    },
  };
}

/** @throws ParamError when neither is given or the id is no number */
export function queryOf({ id, name }: CheckBody): TaskQuery {
  if (id !== undefined && id !== null && id !== '') return { id: wholeNumber('id', id, 'the number that /api/run answered') };
  if (name !== undefined && name !== null && name !== '') return { name: nameOf(name) };
  throw new ParamError('id: one of id and name is required: send the id that /api/run answered, or the name that was sent to it');
}

function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  const text = (typeof value === 'string' ? value : value?.join(', '))?.trim();
  return text === '' ? undefined : text;
}

function nameOf(name: string): string {
  if (name.trim() === '') throw new ParamError('name: is empty: give the task a name');
  // Two UTF-16 units at most for a character: the first test spares counting a giant.
  if (name.length > maxNameLength * 2 || Array.from(name).length > maxNameLength) throw new ParamError(`name: is longer than ${maxNameLength} characters: shorten it`);
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(name) || !name.isWellFormed()) throw new ParamError('name: holds a line break or another control character: use a single line of text');
  return name;
}

/** Which of the two names for the same thing the caller used. @throws ParamError when it was none or both */
function contentField(body: RunBody): 'tasks' | 'content' {
  const given = (['tasks', 'content'] as const).filter((field) => body[field] !== undefined && body[field] !== null && body[field] !== '');
  const [field] = given;
  if (field === undefined) throw new ParamError('tasks: one of tasks and content is required: send the Ansible tasks, as YAML text or as a list of task objects');
  if (given.length > 1) throw new ParamError('tasks: tasks and content are two names for the same: send one of them');
  return field;
}

function contentOf(body: RunBody): string {
  const field = contentField(body);
  const value = body[field] ?? '';
  const tooLarge = (): TooLargeError => new TooLargeError(`${field}: is larger than 512 KiB: move files and large data to where the nodes can fetch them`);
  if (typeof value === 'string') {
    if (Buffer.byteLength(value) > maxContentBytes) throw tooLarge();
    if (value.trim() === '') throw new ParamError(`${field}: is blank: send the Ansible tasks`);
    if (!value.isWellFormed()) throw new ParamError(`${field}: holds half a character (a lone surrogate): send well-formed text`);
    return value;
  }
  if (value.length === 0) throw new ParamError(`${field}: the list is empty: send one task at least`);
  checkJson(field, value);
  // Its JSON is measured before the work of writing YAML is done.
  if (Buffer.byteLength(JSON.stringify(value)) > maxContentBytes) throw tooLarge();
  const text = taskListYaml(value);
  if (Buffer.byteLength(text) > maxContentBytes) throw tooLarge();
  return text;
}

function variablesOf(params: RunBody['params']): Readonly<Record<string, unknown>> | undefined {
  if (params === undefined || params === null || (typeof params === 'string' && params.trim() === '')) return undefined;
  const value = typeof params === 'string' ? parseParams(params) : params;
  checkJson('params', value);
  if (Buffer.byteLength(JSON.stringify(value)) > maxParamsBytes) throw new TooLargeError('params: are larger than 256 KiB: move large data to where the nodes can fetch it');
  const wrong = Object.keys(value).find((name) => !/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name));
  if (wrong !== undefined) throw new ParamError(`params: ${JSON.stringify(wrong.slice(0, 64))} cannot be the name of a variable: use letters, digits and "_", not beginning with a digit, at most 128`);
  return value;
}

function parseParams(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ParamError('params: the text is not JSON: send an object, or the JSON text of one', { cause: error });
  }
  if (!isObject(value)) throw new ParamError('params: is not an object: send variables by name, for example {"version": "1.2"}');
  return value;
}

function forksOf(forks: RunBody['fork_num']): number | undefined {
  if (forks === undefined || forks === null || (typeof forks === 'string' && forks.trim() === '')) return undefined;
  const value = wholeNumber('fork_num', forks, 'a whole number from 1 to 500');
  // Beyond what the API server reads as a number of this kind, it would not name the field.
  if (Math.abs(value) > 1_000_000) throw new ParamError('fork_num: is out of range: send a whole number from 1 to 500');
  return value;
}

function wholeNumber(field: string, value: number | string, expected: string): number {
  if (typeof value === 'string' && !/^\s*[+-]?[0-9]{1,16}\s*$/.test(value)) throw new ParamError(`${field}: is not a number: send ${expected}`);
  return Number(value);
}
