import { agentTasks, type AgentTask } from '../../crds/types/agenttask.ts';
import type { Client } from '../../kube/client.ts';
import { NotFoundError, TerminalError } from '../../kube/errors.ts';
import { addFinalizer, removeFinalizer } from '../../kube/finalizers.ts';
import { keyOf } from '../../kube/objects.ts';
import type { OwnWrites } from '../../kube/ownwrites.ts';
import { HostTakenError, type HostClaims, type Holder } from '../shared/hostclaims.ts';
import { RunNotPreparedError, RunRemovedError, StartError } from './executors/errors.ts';
import type { Executor } from './executors/executor.ts';
import type { Intent } from './intents.ts';
import { isFinished } from './phases.ts';
import { finalizer } from './plan.ts';
import type { Slots } from './slots.ts';

/** What acting needs. */
export interface Hands {
  readonly client: Client;
  readonly executor: Executor;
  readonly hostClaims: HostClaims;
  readonly slots: Slots;
  readonly ownWrites: OwnWrites;
}

/** Claims are made this many at a time. */
const claimsAtOnce = 10;

/** Another task took the last slot between plan and act. Nothing was done; trying again later is the answer. */
export class SlotTakenError extends Error {
  readonly code = 'SLOT_TAKEN';

  constructor() {
    super('another run took the last slot a moment ago');
    this.name = 'SlotTakenError';
  }
}

/**
 * Carries out intents in their order. Each may be repeated: a pass that fails in the middle is planned anew from what it left.
 * @returns the task as the last write left it
 */
export async function act(task: AgentTask, intents: readonly Intent[], hands: Hands): Promise<AgentTask> {
  let current = task;
  for (const intent of intents) current = (await carryOut(current, intent, hands)) ?? current;
  return current;
}

async function carryOut(task: AgentTask, intent: Intent, hands: Hands): Promise<AgentTask | undefined> {
  const { client, executor, hostClaims, slots } = hands;
  switch (intent.do) {
    case 'addFinalizer':
      return written(await addFinalizer(client, agentTasks, task, finalizer), hands);
    case 'removeFinalizer':
      return written(await removeFinalizer(client, agentTasks, task, finalizer), hands);
    case 'claimHosts':
      await claimAll(hostClaims, intent.hosts, holderOf(task));
      return undefined;
    case 'releaseHosts':
      await inChunks(intent.hosts, (host) => hostClaims.release(host, holderOf(task)));
      return undefined;
    case 'freeStaleClaim':
      if (await hasEnded(client, intent.claim.holder)) await hostClaims.release(intent.claim.host, intent.claim.holder);
      return undefined;
    case 'queueForSlot':
    case 'takeSlot':
      if (!slots.take(keyOf(task)) && intent.do === 'takeSlot') throw new SlotTakenError();
      return undefined;
    case 'prepareRun':
      await terminalIf(executor.prepare(intent.run), 'RunRemoved', RunRemovedError);
      return undefined;
    case 'startRun':
      await start(executor, intent.id);
      return undefined;
    case 'stopRun':
      await executor.requestStop(intent.id, intent.stage);
      return undefined;
    case 'removeRun':
      await executor.remove(intent.id);
      return undefined;
    case 'deleteTask':
      await deleteTask(client, task);
      return undefined;
  }
}

/** All or none: a task that held some hosts while it waited for others could wait for one that does the same. */
async function claimAll(claims: HostClaims, hosts: readonly string[], holder: Holder): Promise<void> {
  try {
    await inChunks(hosts, (host) => claims.claim(host, holder));
  } catch (error) {
    if (error instanceof HostTakenError) await inChunks(hosts, (host) => claims.release(host, holder));
    throw error;
  }
}

async function inChunks(hosts: readonly string[], each: (host: string) => Promise<void>): Promise<void> {
  for (let from = 0; from < hosts.length; from += claimsAtOnce) {
    const settled = await Promise.allSettled(hosts.slice(from, from + claimsAtOnce).map(each));
    for (const result of settled) if (result.status === 'rejected') throw result.reason;
  }
}

/** Asks the API server, not the cache: the cache may not know a holder yet that began a moment ago. */
async function hasEnded(client: Client, { namespace, name, uid }: Holder): Promise<boolean> {
  try {
    const holder = await client.get(agentTasks, { namespace, name });
    return holder.metadata.uid !== uid || isFinished(holder);
  } catch (error) {
    if (error instanceof NotFoundError) return true;
    throw error;
  }
}

async function deleteTask(client: Client, { metadata }: AgentTask): Promise<void> {
  try {
    await client.delete(agentTasks, metadata, metadata.uid === undefined ? {} : { uid: metadata.uid });
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
  }
}

async function start(executor: Executor, id: string): Promise<void> {
  try {
    await terminalIf(executor.start(id), 'RunLost', RunNotPreparedError);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    const { state } = await executor.inspect(id);
    if (state === 'prepared') throw new TerminalError('StartFailed', error.message, { cause: error });
  }
}

async function terminalIf(call: Promise<void>, reason: string, Class: new (...parameters: never[]) => Error): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Class) throw new TerminalError(reason, error.message, { cause: error });
    throw error;
  }
}

function written(task: AgentTask, { ownWrites }: Hands): AgentTask {
  ownWrites.record(task);
  return task;
}

function holderOf({ metadata }: AgentTask): Holder {
  return { kind: 'AgentTask', namespace: metadata.namespace ?? '', name: metadata.name, uid: metadata.uid ?? '' };
}
