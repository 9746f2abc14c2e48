import type { AgentTaskJob } from '../../../../crds/types/agenttask.ts';
import { configMaps, type ConfigMap } from '../../../../kube/builtin.ts';
import { rfc3339 } from '../../../../kube/conditions.ts';
import {
  AlreadyExistsError,
  ApiError,
  ConflictError,
  NotFoundError,
  TerminalError,
  TooManyRequestsError,
  UnauthorizedError,
} from '../../../../kube/errors.ts';
import { jobs } from '../../../../kube/workloads.ts';
import { checkRun } from '../check-run.ts';
import { parseContent } from '../content.ts';
import { InvalidRunError, RunNotPreparedError, RunRemovedError, StartError } from '../errors.ts';
import type { RunSpec } from '../executor.ts';
import type { JobContext } from './context.ts';
import { runFileKey } from './contract.ts';
import { findConfigMap, findJob, readRunPlan } from './look.ts';
import { annotatedNumber, parallelismAnnotation, runObjectName, startedAnnotation } from './names.ts';
import { configMapOf, jobOf } from './objects.ts';
import type { RunOwner } from './order.ts';

/** What the API server takes in one ConfigMap, with room for its metadata. Bytes. */
const runFileLimit = 1_000_000;

/** A run of a task that is to begin; from the task, which cannot change any more. */
export interface BeginningRun {
  readonly id: string;
  readonly job: AgentTaskJob | undefined;
  readonly credentialsSecret: string | undefined;
}

/**
 * Writes down what the pods are to do. May be repeated: what is there stays.
 * @throws ContentError, InvalidRunError; TerminalError where the ConfigMap is refused for good, or its name is taken
 */
export async function prepareRun({ client, settings }: JobContext, owner: RunOwner, run: RunSpec): Promise<void> {
  checkRun(run);
  parseContent(run.content, run.variables);
  const wanted = configMapOf(owner, run, settings);
  const bytes = Buffer.byteLength(wanted.data?.[runFileKey] ?? '');
  if (bytes > runFileLimit)
    throw new InvalidRunError(
      'content',
      `content: with the variables it takes ${bytes} bytes, and a ConfigMap takes ${runFileLimit}. ` +
        'Put parts of it into a role (docs/content.md), or split the task',
    );
  try {
    await client.create(configMaps, wanted);
  } catch (error) {
    if (!(error instanceof AlreadyExistsError))
      throw isRefusal(error)
        ? new TerminalError('PrepareFailed', `the ConfigMap of the run was refused: ${reasonOf(error)}`, {
            cause: error,
          })
        : error;
    const present = await findConfigMap(client, owner, run.id);
    if (present === undefined)
      throw new TerminalError(
        'NameTaken',
        `ConfigMap ${owner.namespace}/${runObjectName(run.id)} exists and is not of this task. ` +
          'Delete it, and create the task anew',
      );
  }
}

/**
 * Creates the Job: that is the start, and as its name can exist once and it stays until its end is recorded, there is
 * no second one.
 * @throws RunNotPreparedError, RunRemovedError; StartError where the API server refuses the Job for good. What may pass
 * is thrown as it is
 */
export async function startRun(
  context: JobContext,
  owner: RunOwner,
  { id, job, credentialsSecret }: BeginningRun,
): Promise<void> {
  const { client, settings, clock } = context;
  const configMap = await findConfigMap(client, owner, id);
  const plan = configMap === undefined ? undefined : readRunPlan(configMap);
  if (configMap === undefined || plan === undefined) {
    if ((await findJob(client, owner, id)) !== undefined) return;
    throw new RunNotPreparedError(id);
  }
  const { shardSize, timeoutSeconds } = plan;
  const pods = Math.ceil(plan.hosts.length / shardSize);
  const parallelism = Math.min(pods, annotatedNumber(configMap, parallelismAnnotation) ?? 1);
  if (isMarked(configMap) && (await findJob(client, owner, id)) === undefined) throw new RunRemovedError(id);
  try {
    await client.create(
      jobs,
      jobOf(owner, { id, shardSize, pods, parallelism, timeoutSeconds, job, credentialsSecret }, settings),
    );
  } catch (error) {
    await judge(error, context, owner, id);
  }
  if (!isMarked(configMap)) await mark(context, configMap, clock.now());
}

/** Says whether a failed creation means that the run was started before; throws otherwise. */
async function judge(error: unknown, { client }: JobContext, owner: RunOwner, id: string): Promise<void> {
  if (error instanceof AlreadyExistsError) {
    if ((await findJob(client, owner, id)) !== undefined) return;
    throw new StartError(
      id,
      `Job ${owner.namespace}/${runObjectName(id)} exists and is not of this task; delete it, and create the task anew`,
      { cause: error },
    );
  }
  if (isRefusal(error)) throw new StartError(id, reasonOf(error), { cause: error });
  throw error;
}

/**
 * With the mark, a Job that is gone although nobody let it go is known to have been there: it is not made again. Its
 * name alone could not tell that any more.
 */
async function mark({ client }: JobContext, { metadata }: ConfigMap, now: Date): Promise<void> {
  const { uid } = metadata;
  try {
    await client.mergePatch(configMaps, metadata, {
      metadata: { uid, annotations: { [startedAnnotation]: rfc3339(now) } },
    });
  } catch (error) {
    if (!(error instanceof NotFoundError || error instanceof ConflictError)) throw error;
  }
}

function isMarked({ metadata }: ConfigMap): boolean {
  return metadata.annotations?.[startedAnnotation] !== undefined;
}

/**
 * To ask the same again is pointless: a quota, a rule of admission, a field that is not taken, a namespace that is
 * going.
 */
function isRefusal(error: unknown): error is ApiError {
  if (
    !(error instanceof ApiError) ||
    error instanceof ConflictError ||
    error instanceof TooManyRequestsError ||
    error instanceof UnauthorizedError
  )
    return false;
  return error.httpStatus >= 400 && error.httpStatus < 500;
}

function reasonOf(error: ApiError): string {
  return (error.status.message ?? error.message).replace(/[.\s]+$/, '');
}
