import {
  FieldError,
  HeaderError,
  TaskNotFoundError,
  type CallName,
  type DispatchError,
  type DispatchErrorCode,
} from './errors.ts';
import { originalLine } from './loglines.ts';
import type { Failure, Mode } from './mode.ts';
import { originalFields } from './original-fields.ts';
import { originalReport } from './original-report.ts';
import { originalSchemas } from './original-schemas.ts';

/** The API as the original program answered it, misspellings included, so that its own clients run as they are. */
export const original: Mode = {
  schemas: originalSchemas,
  stopsFinished: true,
  readRun(request, call) {
    const { origin, fields } = originalFields(request.headers, request.body);
    // Each call has its own order, which decides what a caller is told of first.
    const early = call === 'parallel_run' ? fields.list('nodes') : undefined;
    const name = fields.requiredText('name');
    const nodes = hostsOf(early ?? fields.list('nodes'));
    const tasks = fields.list('tasks');
    const tasktype = fields.text('tasktype') ?? 'ansible_task';
    const params = fields.object('params');
    const user = fields.text('user') ?? null;
    const fork_num = fields.integer('fork_num') ?? null;
    const timeoutSeconds = fields.integer('timeoutSeconds') ?? null;
    return {
      origin,
      body: {
        name,
        nodes,
        tasks,
        tasktype: tasktype === '' ? 'roles' : tasktype,
        params,
        user,
        fork_num,
        timeoutSeconds,
      },
    };
  },
  readQuery(request) {
    const { fields } = originalFields(request.headers, request.body);
    const id = fields.integer('id');
    const name = fields.text('name');
    if (id === undefined && name === undefined) throw new FieldError('key task_id/task_name not found');
    return { id, name };
  },
  readLogQuery(request) {
    const { origin, fields } = originalFields(request.headers, request.body);
    const host = fields.text('host');
    const source = fields.text('source');
    if (host === undefined && source === undefined) throw new FieldError('source  not found');
    return source === undefined ? undefined : { correlationID: origin.correlationID, source, host };
  },
  report: originalReport,
  log: (steps) => ({ code: 0, content: { log: (steps ?? []).map(originalLine) } }),
  failure: (error, call) => failures[error.code](error, call),
};

/** Each call of the original catches what goes wrong in a way of its own. */
const statusOfCall: Readonly<Record<CallName, 400 | 500>> = {
  run: 400,
  parallel_run: 400,
  stop: 400,
  check: 500,
  getlog: 500,
};

const failures = {
  JSON: ({ message }) => ({ httpStatus: 400, message }),
  SHAPE: ({ message }, call) => ({ httpStatus: call === 'stop' ? 400 : 500, message }),
  HEADER: (error, call) => ({ httpStatus: statusOfCall[call], message: headerMessage(error, call) }),
  FIELD: fieldFailure,
  PARAM: fieldFailure,
  TOO_LARGE: ({ message }) => ({ httpStatus: 413, message: `param error, error: ${message}` }),
  DUPLICATE: ({ message }) => ({ httpStatus: 400, message }),
  NOT_FOUND: notFound,
} satisfies Record<DispatchErrorCode, (error: DispatchError, call: CallName) => Failure>;

function creates(call: CallName): boolean {
  return call === 'run' || call === 'parallel_run';
}

function headerMessage(error: DispatchError, call: CallName): string {
  const name = error instanceof HeaderError && error.header === 'X-CORRELATION-ID' ? 'X-CORRELATION-ID' : 'X-SOURCE';
  // The other calls say what a dictionary says that lacks the key.
  return creates(call) ? `${name} is empyt` : `HTTP_${name.replaceAll('-', '_')}`;
}

function fieldFailure({ message }: DispatchError, call: CallName): Failure {
  return { httpStatus: statusOfCall[call], message: creates(call) ? `param error, error: ${message}` : message };
}

function notFound(error: DispatchError, call: CallName): Failure {
  const { id, name } = error instanceof TaskNotFoundError ? error.query : {};
  if (call === 'stop')
    return id === undefined
      ? { httpStatus: 404, message: 'task not found' }
      : { httpStatus: 400, message: 'node not found...' };
  return {
    httpStatus: 404,
    message:
      id === undefined ? `no task found for specified name:${name ?? ''}` : `no task found for specified id:${id}`,
  };
}

/** A node that comes twice is run on once: the original did so too, though it listed it twice. */
function hostsOf(nodes: readonly unknown[]): readonly string[] {
  const texts = nodes.filter((node) => typeof node === 'string');
  if (texts.length < nodes.length) throw new FieldError("key nodes not instance of <type 'type'>");
  return [...new Set(texts)];
}
