import { isMap, isScalar, isSeq, parseDocument } from 'yaml';

import type { AgentTask } from '../../crds/types/agenttask.ts';
import { truncate } from '../../kube/conditions.ts';
import type { Wanted } from './batches/wanted.ts';
import { childName } from './composite/children.ts';
import type { Settings } from './run/settings.ts';
import { withoutByteOrderMark } from './executors/content.ts';

const shown = 20;

/** What a run would do, step by step, for people. */
export function describe(settings: Settings, task: AgentTask, wanted?: Wanted): readonly string[] {
  const { hosts, user, become, forks, timeoutSeconds, hostKeyChecking, variables } = settings;
  const secret = task.spec.credentialsSecretRef?.name;
  const count = hosts.length === 1 ? '1 host' : `${hosts.length} hosts`;
  const names = Object.keys(variables).toSorted();
  const key = secret === undefined ? '' : `, with the key of Secret ${secret}`;
  const as = become === undefined ? '' : `, becoming ${become.user} by ${become.method}`;
  const split = task.spec.splitBy === 'Host';
  const children = split ? hosts.map((host, index) => `${childName(task, index)} for ${host}`) : [];
  return [
    ...(wanted?.is === 'known' ? [...betweenBatches(task), batchesText(task, wanted.batches)] : []),
    ...(split ? [`make an AgentTask for each host: ${list(children)}; each of them will`] : []),
    task.spec.shared === true ? 'claim no host (shared)' : `claim ${split ? 'its host' : list(hosts)}`,
    `log in as ${user}${as}${key}, host keys ${hostKeyChecking ? 'checked' : 'not checked'}`,
    ...(names.length === 0 ? [] : [`set the variables ${list(names)}`]),
    ...outline(settings.content).slice(0, shown),
    split ? `for at most ${timeoutSeconds} s` : `on ${count}, ${forks} at a time, for at most ${timeoutSeconds} s`,
  ].map((step) => truncate(step, 512));
}

function batchesText(task: AgentTask, batches: readonly (readonly string[])[]): string {
  const each = batches.map((hosts, index) => `${childName(task, index)} for ${hosts.join(' ')}`);
  return `make an AgentTask for each batch, one after the other: ${list(each)}; each of them will`;
}

/** What stands between two batches, besides one that does not succeed. */
function betweenBatches({ spec: { rollout = {} } }: AgentTask): readonly string[] {
  const { confirmBefore = [], bakeSeconds = 0, onFailure, deadlineSeconds } = rollout;
  return [
    ...(confirmBefore.length === 0 ? [] : [`wait for confirmation before batch ${list(confirmBefore.map(String))}`]),
    ...(bakeSeconds === 0 ? [] : [`wait ${bakeSeconds} s after each batch`]),
    ...(onFailure === 'End' ? ['end after a batch that does not succeed'] : []),
    ...(deadlineSeconds === undefined ? [] : [`end after ${deadlineSeconds} s of work`]),
  ];
}

/** From the nodes, not from their values: an alias is not followed, since it may lead nowhere or grow without end. */
function outline(content: string): readonly string[] {
  const { contents } = parseDocument(withoutByteOrderMark(content), {
    logLevel: 'silent',
    uniqueKeys: false,
    version: '1.1',
  });
  return isSeq(contents) ? contents.items.map((entry, index) => `run ${title(entry, index + 1)}`) : [];
}

function title(entry: unknown, number: number): string {
  if (!isMap(entry)) return `entry ${number}`;
  const kind = entry.has('hosts') ? 'play' : 'task';
  const given = entry.get('name');
  const firstKey = entry.items[0]?.key;
  const name =
    typeof given === 'string'
      ? given
      : isScalar(firstKey) && typeof firstKey.value === 'string'
        ? firstKey.value
        : undefined;
  return name === undefined ? `${kind} ${number}` : `${kind} ${number}: ${name}`;
}

function list(names: readonly string[]): string {
  return names.length > shown
    ? `${names.slice(0, shown).join(', ')} and ${names.length - shown} more`
    : names.join(', ');
}
