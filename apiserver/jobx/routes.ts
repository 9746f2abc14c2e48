import type { FastifyInstance, FastifyRequest } from 'fastify';

import type { Caller } from '../auth/caller.ts';
import { guardCalls } from '../auth/guard.ts';
import { takeOnly } from '../http/methods.ts';
import { addAnalysisCalls } from './analysis-routes.ts';
import type { AddCall, JobxApiOptions } from './calls.ts';
import { answerFailures } from './failures.ts';
import { addGroupCalls } from './group-routes.ts';
import { LogStreams } from './follow.ts';
import { showLogPage } from './log-page.ts';
import { addLogCalls, logUrl } from './log-routes.ts';
import { bodyLimit, paramsOf, takeParams } from './params.ts';
import type { Call } from './call.ts';
import { addTaskCalls } from './task-routes.ts';
import { addThirdCalls } from './third-routes.ts';

/** The JOBX API as a Fastify plugin. See docs/rest/jobx.md. */
export async function jobxPlugin(app: FastifyInstance, options: JobxApiOptions): Promise<void> {
  showLogPage(app, logUrl, options.mode);
  guardCalls(app, options.guard);
  takeParams(app);
  answerFailures(app, options.mode);
  // Requests are judged in the API's own words; answers are written as they are.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  const streams = new LogStreams(options.logs);
  // An open stream would hold up the end of the process.
  app.addHook('preClose', (done) => {
    streams.close();
    done();
  });
  const methods = new Map<string, string[]>();
  const add: AddCall = (method, url, schema, handler) => {
    methods.set(url, [...(methods.get(url) ?? []), method]);
    app.route({
      method,
      url,
      schema,
      bodyLimit,
      handler: async (request, reply) => handler({ params: paramsOf(request), call: callOf(request, options), reply }),
    });
  };
  addGroupCalls(add, options);
  addTaskCalls(add, options);
  addAnalysisCalls(add, options);
  addLogCalls(add, options, streams);
  addThirdCalls(add, options);
  for (const [url, taken] of methods) takeOnly(app, url, taken, (info) => ({ stat: false, info }));
}

function callOf(request: FastifyRequest, { credentialsSecret, ttlSeconds, mode }: JobxApiOptions): Call {
  return { caller: callerOf(request), requestId: request.id, credentialsSecret, ttlSeconds, mode };
}

/** The guard has let him in, or no handler would run. */
function callerOf({ caller }: FastifyRequest): Caller {
  if (caller === null) throw new Error('the guard of the JOBX API lets requests pass without a caller');
  return caller;
}
