import { stagesOf } from '../../crds/stages.ts';
import type { ClusterStageScope, ClusterStageStage } from '../../crds/types/clusterstage.ts';
import { isObject } from '../http/json.ts';
import { nodeInData, storedData, type StageData } from './data.ts';
import { invalid, missing, notGot, notSet, type StageCall, type StageError } from './errors.ts';

export type Scope = 'cluster' | 'node';

const spellings: readonly string[] = ['Stage', 'Scope', 'Data', 'Node'];
const scopes: readonly Scope[] = ['cluster', 'node'];
/** What the definition of ClusterStage calls them. */
export const inSpec = { cluster: 'Cluster', node: 'Node' } as const satisfies Record<Scope, ClusterStageScope>;
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
  /** Undefined: not sent. */
  readonly data: StageData | undefined;
}

/** The fields of a call, wherever its body has them. */
export type Fields = Readonly<Record<string, unknown>>;

/** Whether a scope that is none is taken for the name of a node. */
export interface ScopeOptions {
  readonly scopeNamesNode: boolean;
}

/** @returns what is in `argument`, as the document has it. @throws StageError */
export function argumentOf(body: unknown, call: StageCall): Fields {
  const argument = isObject(body) ? body['argument'] : undefined;
  if (argument === undefined || argument === null) {
    if (call === 'info') return {};
    throw missing('argument');
  }
  if (!isObject(argument)) throw invalid('argument', 'send a JSON object');
  return refuseMisspelt(argument);
}

/** @returns the body itself, as the original program had it; of info nothing is read. @throws StageError */
export function flatFields(body: unknown, call: StageCall): Fields {
  if (call === 'info') return {};
  if (!isObject(body)) throw invalid('body', 'send a JSON object');
  return refuseMisspelt(body);
}

/** Further fields are not read; but one that is missed by its spelling would mean another node than the caller does. */
function refuseMisspelt(fields: Fields): Fields {
  for (const name of Object.keys(fields)) {
    const meant = spellings.find((each) => each !== name && each.toLowerCase() === name.toLowerCase());
    if (meant !== undefined) throw invalid(name, `is written ${meant}`);
  }
  return fields;
}

/** @throws StageError */
export function readScope(fields: Fields, options: ScopeOptions): Asked {
  const given = text(fields, 'Scope');
  if (given === undefined) throw missing('Scope');
  return askedOf(fields, given, options, () => notGot(given, `send one of ${scopes.join(', ')}`));
}

/** @throws StageError */
export function readStage(fields: Fields, options: ScopeOptions): AskedStage {
  const given = text(fields, 'Stage');
  if (given === undefined) throw missing('Stage');
  const data = dataIn(fields);
  const asked = readTarget(fields, options);
  const stages = stagesOf(inSpec[asked.scope]);
  const stage = stages.find((each) => each === given);
  if (stage === undefined) throw notSet(given, asked.scope, `there is no such stage; send one of ${stages.join(', ')}`);
  return { ...asked, stage, data };
}

/** What is to come into a stage. @throws StageError */
export function readTarget(fields: Fields, options: ScopeOptions): Asked {
  const scope = text(fields, 'Scope') ?? 'node';
  const asked = askedOf(fields, scope, options, () =>
    notSet(text(fields, 'Stage') ?? '', scope, `there is no such scope; send one of ${scopes.join(', ')}`),
  );
  return asked.scope === 'node' ? { ...asked, node: asked.node ?? nodeInData(fields['Data']) } : asked;
}

function askedOf(fields: Fields, given: string, { scopeNamesNode }: ScopeOptions, unknown: () => StageError): Asked {
  const scope = scopes.find((known) => known === given);
  if (scope !== undefined) return { scope, node: nodeIn(fields, scope) };
  if (!scopeNamesNode) throw unknown();
  return { scope: 'node', node: nodeIn(fields, 'node') ?? given };
}

/** Whoever names a node does not mean the whole cluster, or does not know that he does. */
function nodeIn(fields: Fields, scope: Scope): string | undefined {
  const node = text(fields, 'Node');
  if (node !== undefined && scope === 'cluster')
    throw invalid('Node', 'the scope cluster is about all nodes; send Scope node, or leave out Node');
  return node;
}

function dataIn({ Data: data }: Fields): StageData | undefined {
  if (data === undefined || data === '') return undefined;
  if (typeof data !== 'string' && data !== null && !isObject(data))
    throw invalid('Data', 'send a text, an object or null');
  if (Array.from(storedData(data).data ?? '').length > longestData)
    throw invalid('Data', `is longer than ${longestData} characters`);
  return data;
}

/** Absent, null and empty are one. @throws StageError for what is no text */
function text(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw invalid(name, 'send a text');
  return value;
}
