import { stages } from '../../crds/stages.ts';
import type { ClusterStageStage } from '../../crds/types/clusterstage.ts';
import { isObject } from '../http/json.ts';
import { missing, notSet, StageError, type StageCall } from './errors.ts';

export type Scope = 'cluster' | 'node';

const spellings: readonly string[] = ['Stage', 'Scope', 'Data', 'Node'];
const scopes: readonly Scope[] = ['cluster', 'node'];
/** Characters, as the definition of ClusterStage has it. */
const longestData = 4096;

/** What a call asks for. */
export interface Asked {
  readonly scope: Scope;
  /** By name or address; undefined: not said. */
  readonly node: string | undefined;
}

export interface AskedStage extends Asked {
  readonly stage: ClusterStageStage;
  readonly data: string | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** @returns what is in `argument`. @throws StageError */
export function argumentOf(body: unknown, call: StageCall): Fields {
  const argument = isObject(body) ? body['argument'] : undefined;
  if (argument === undefined || argument === null) {
    if (call === 'info') return {};
    throw missing('argument');
  }
  if (!isObject(argument)) throw new StageError('WRONG', 'argument: send a JSON object');
  refuseMisspelt(argument);
  return argument;
}

/** Further fields are not read; but one that is missed by its spelling would mean another node than the caller does. */
function refuseMisspelt(argument: Fields): void {
  for (const name of Object.keys(argument)) {
    const meant = spellings.find((each) => each !== name && each.toLowerCase() === name.toLowerCase());
    if (meant !== undefined) throw new StageError('WRONG', `${name}: is written ${meant}`);
  }
}

/** @throws StageError */
export function readScope(argument: Fields, fallback?: Scope): Asked {
  const given = text(argument, 'Scope') ?? fallback;
  if (given === undefined) throw missing('Scope');
  const scope = scopes.find((known) => known === given);
  if (scope === undefined)
    throw new StageError('WRONG', `Failed to get the stage in the scope(${given}): send one of ${scopes.join(', ')}`);
  return { scope, node: nodeIn(argument, scope) };
}

/** Whoever names a node does not mean the whole cluster, or does not know that he does. */
function nodeIn(argument: Fields, scope: Scope): string | undefined {
  const node = text(argument, 'Node');
  if (node !== undefined && scope === 'cluster')
    throw new StageError('WRONG', 'Node: the scope cluster is about all nodes; send Scope node, or leave out Node');
  return node;
}

/** @throws StageError */
export function readStage(argument: Fields): AskedStage {
  const given = text(argument, 'Stage');
  if (given === undefined) throw missing('Stage');
  const scope = text(argument, 'Scope') ?? 'node';
  const found = scopes.find((each) => each === scope);
  if (found === undefined) throw notSet(given, scope, `there is no such scope; send one of ${scopes.join(', ')}`);
  const stage = stages.find((each) => each === given);
  if (stage === undefined) throw notSet(given, scope, `there is no such stage; send one of ${stages.join(', ')}`);
  const data = text(argument, 'Data');
  if (data !== undefined && Array.from(data).length > longestData)
    throw new StageError('WRONG', `Data: is longer than ${longestData} characters`);
  return { stage, scope: found, data, node: nodeIn(argument, found) };
}

/** Absent, null and empty are one. @throws StageError for what is no text */
function text(argument: Fields, name: string): string | undefined {
  const value = argument[name];
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw new StageError('WRONG', `${name}: send a text`);
  return value;
}
