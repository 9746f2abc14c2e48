import type { FastifyRequest } from 'fastify';

import { isObject } from '../http/json.ts';
import type { LogBody, QueryBody, RunBody } from './body.ts';
import { documentedReport } from './documented-report.ts';
import { documentedSchemas } from './documented-schemas.ts';
import { ParamError, TaskNotFoundError, type DispatchError, type DispatchErrorCode } from './errors.ts';
import { documentedLine } from './loglines.ts';
import type { Failure, Mode } from './mode.ts';
import { originOf } from './origin.ts';
import { nameOf } from './translate.ts';
import { wholeNumber } from './variables.ts';

/**
 * The API as its document says. Where that is silent, its HTTP statuses say what a failure means and its messages what
 * to do.
 */
export const documented: Mode = {
  schemas: documentedSchemas,
  stopsFinished: false,
  readRun(request) {
    checkBody(request);
    return { origin: originOf(request.headers), body: request.body as RunBody };
  },
  readQuery(request) {
    checkBody(request);
    originOf(request.headers);
    const { id, name } = request.body as QueryBody;
    if (id !== undefined && id !== null && id !== '')
      return { id: wholeNumber('id', id, 'the number that /api/run answered') };
    if (name !== undefined && name !== null && name !== '') return { name: nameOf(name) };
    throw new ParamError(
      'id: one of id and name is required: send the id that /api/run answered, or the name that was sent to it',
    );
  },
  readLogQuery(request) {
    checkBody(request);
    const { correlationID } = originOf(request.headers);
    const { source, host } = request.body as LogBody;
    const system = source?.trim() ?? '';
    if (system === '') throw new ParamError('source: is required; send what was in X-RESOURCE when the task was made');
    return { correlationID, source: system, host: host === null || host === '' ? undefined : host };
  },
  report: documentedReport,
  log(steps) {
    if (steps === undefined) throw new TaskNotFoundError();
    return steps.map(documentedLine);
  },
  failure: (error) => failures[error.code](error),
};

const param = ({ message }: DispatchError): Failure => ({
  httpStatus: 400,
  message: `param error, error: ${message}`,
});

/** The document names messages but no HTTP statuses. */
const failures = {
  JSON: ({ message }) => ({ httpStatus: 400, message }),
  SHAPE: param,
  HEADER: param,
  FIELD: param,
  PARAM: param,
  TOO_LARGE: ({ message }) => ({ httpStatus: 413, message: `param error, error: ${message}` }),
  DUPLICATE: ({ message }) => ({ httpStatus: 400, message }),
  NOT_FOUND: ({ message }) => ({ httpStatus: 404, message }),
} satisfies Record<DispatchErrorCode, (error: DispatchError) => Failure>;

/** @throws ParamError telling in the words of the schema what its first violation in the body is */
function checkBody({ validationError, routeOptions }: FastifyRequest): void {
  // Headers are looked at afterwards, each with a message of its own.
  if (validationError === undefined || validationError.validationContext !== 'body') return;
  const [problem] = validationError.validation;
  const path = problem?.instancePath ?? '';
  const missing = problem?.keyword === 'required' ? String(problem.params['missingProperty']) : undefined;
  const place = path.slice(1).replace(/\/(\d+)/g, '[$1]');
  const what =
    missing === undefined
      ? `${place === '' ? 'body' : place}: ${problem?.message ?? 'is not valid'}`
      : `${missing}: is required`;
  throw new ParamError(`${what}; ${descriptionOf(routeOptions.schema?.body, missing ?? path.split('/')[1] ?? '')}`);
}

function descriptionOf(schema: unknown, field: string): string {
  const properties = isObject(schema) && isObject(schema['properties']) ? schema['properties'] : {};
  const described = field === '' ? schema : properties[field];
  return isObject(described) ? String(described['description']) : '';
}
