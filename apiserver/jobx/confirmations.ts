import type { AgentTask, AgentTaskConfirmAction } from '../../crds/types/agenttask.ts';
import { patchObject } from '../objects/patch.ts';
import type { Call } from './call.ts';
import { FormatError, JobxError } from './errors.ts';
import { formats, optional, type Params } from './params.ts';
import type { Project } from './projects.ts';

const someHosts = 'give hosts of the batch, with commas between them, at most 100';
const mostHosts = 100;

/** What is to be done about a batch that did not succeed. */
export interface Confirmation {
  readonly action: AgentTaskConfirmAction;
  /** For Retry and Skip: hosts of the batch. */
  readonly hosts: readonly string[] | undefined;
  readonly comment: string | undefined;
}

const actions: ReadonlyMap<string, AgentTaskConfirmAction> = new Map([
  ['proceed', 'Proceed'],
  ['retry', 'Retry'],
  ['skip', 'Skip'],
]);

/** @returns what a call asks for: that the next batch may begin, if it does not say. @throws FormatError */
export function confirmationIn(params: Params): Confirmation {
  const action = actions.get(optional(params, 'action', formats.action) ?? 'proceed');
  if (action === undefined) throw new FormatError('action need in proceed,retry,skip');
  const named = optional(params, 'hosts', formats.words, 30_000)
    ?.split(',')
    .map((host) => host.trim());
  const hosts = named && [...new Set(named.filter((host) => host !== ''))];
  if (action === 'Proceed' && hosts !== undefined)
    throw new FormatError('hosts format error', { fix: 'hosts are for the actions retry and skip' });
  if (action !== 'Proceed' && (hosts === undefined || hosts.length === 0 || hosts.length > mostHosts))
    throw new FormatError('hosts undef', { fix: someHosts });
  return { action, hosts, comment: optional(params, 'comment', formats.comment, 256) };
}

/**
 * Does something about a batch behind which another one waits.
 * @throws JobxError when none does, or a host is none of the batch
 */
export async function confirmBatch(
  project: Project,
  { caller, requestId }: Call,
  uuid: string,
  { action, hosts, comment }: Confirmation,
): Promise<void> {
  const found = await project.batch(caller, uuid);
  if (found === undefined) throw noSuchBatch(project);
  const { task, number, live } = found;
  if (!live) throw notWaiting();
  const strange = hosts?.find((host) => task.status?.batches?.[number - 1]?.hosts.includes(host) !== true);
  if (strange !== undefined)
    throw new FormatError('hosts format error', { fix: `${strange} is no host of the batch: ${someHosts}` });
  let waits = false;
  const change = (current: AgentTask): object | undefined => {
    const { batch, revision } = current.status?.waiting ?? {};
    waits = batch === number + 1;
    if (!waits || current.spec.confirm?.revision === revision) return undefined;
    // What an earlier answer said besides must not be taken for a part of this one.
    const said = { action, hosts: hosts ?? null, comment: comment ?? null };
    return { spec: { confirm: { batch, revision, user: caller.user, ...said } } };
  };
  const act = { operation: action === 'Proceed' ? 'confirm' : action.toLowerCase(), requestId, change };
  if (!(await patchObject(caller, task, act, project.tasks, project.taskLookup.recent))) throw noSuchBatch(project);
  if (!waits) throw notWaiting();
}

function notWaiting(): JobxError {
  return new JobxError('subtask does not wait for confirmation', {
    code: 'NOT_WAITING',
    fix: 'only a batch that did not succeed does, and only once',
  });
}

function noSuchBatch({ id }: Project): JobxError {
  return new JobxError('no find subtask', {
    code: 'NO_BATCH',
    fix: `give the uuid of a batch, as GET /subtask/${id}/:taskuuid tells it`,
  });
}
