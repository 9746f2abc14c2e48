import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../executors/errors.ts';
import type { Become, RunSpec } from '../executors/executor.ts';
import { runFileKey, type RunFile } from '../executors/job/contract.ts';
import { podHostLimit } from '../executors/job/result.ts';
import { isObject, parseObject, type JsonObject } from '../executors/json.ts';

/** What the controller gave to the pod is not there, or not what this program understands. */
export class RunFileError extends Error {
  readonly code = 'RUN_FILE';

  constructor(message: string) {
    super(`${runFileKey}: ${message}`);
    this.name = 'RunFileError';
  }
}

/** Reads the file that the controller made for the run. @throws RunFileError */
export async function readRunFile(folder: string): Promise<RunFile> {
  const path = join(folder, runFileKey);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw error;
    throw new RunFileError(`there is no file ${path}; mount the ConfigMap of the run there`);
  }
  return parseRunFile(text);
}

/** Checks shapes only; what the fields may hold is for the executor to say. @throws RunFileError naming the field */
export function parseRunFile(text: string): RunFile {
  const file = parseObject(text);
  if (file === undefined) throw new RunFileError('this is not a JSON object');
  const { version, run, shardSize, maxOutputBytes } = file;
  if (version !== 1)
    throw new RunFileError(
      `version is ${JSON.stringify(version) ?? 'missing'}, and this program knows version 1 only; ` +
        'use the runner image of the same release as the controllers',
    );
  return {
    version,
    run: runOf(isObject(run) ? run : wrong('run', 'an object')),
    shardSize:
      whole(shardSize) && shardSize <= podHostLimit
        ? shardSize
        : wrong('shardSize', `a whole number from 1 to ${podHostLimit}`),
    maxOutputBytes: whole(maxOutputBytes) ? maxOutputBytes : wrong('maxOutputBytes', 'a whole number above 0'),
  };
}

/**
 * The run of one pod: its share of the hosts.
 * @param index of the pod, from 0
 * @throws RunFileError when there are no hosts for it
 */
export function shareOf(
  { run, shardSize }: RunFile,
  index: number,
  credentials: Pick<RunSpec, 'sshPrivateKey' | 'knownHosts'>,
): RunSpec {
  const hosts = run.hosts.slice(index * shardSize, (index + 1) * shardSize);
  if (hosts.length === 0)
    throw new RunFileError(`there are no hosts for pod ${index}: ${run.hosts.length} hosts, ${shardSize} for each pod`);
  return { ...run, hosts, ...credentials };
}

function runOf(run: JsonObject): RunFile['run'] {
  const { hosts, variables, become, forks, timeoutSeconds, hostKeyChecking } = run;
  return {
    id: textIn(run, 'id'),
    hosts: isTexts(hosts) ? hosts : wrong('run.hosts', 'a list of texts'),
    content: textIn(run, 'content'),
    user: textIn(run, 'user'),
    ...(become === undefined ? {} : { become: becomeOf(become) }),
    variables: isObject(variables) ? variables : wrong('run.variables', 'an object'),
    forks: whole(forks) ? forks : wrong('run.forks', 'a whole number above 0'),
    timeoutSeconds: whole(timeoutSeconds) ? timeoutSeconds : wrong('run.timeoutSeconds', 'a whole number above 0'),
    ...(run['knownHosts'] === undefined ? {} : { knownHosts: textIn(run, 'knownHosts') }),
    hostKeyChecking:
      typeof hostKeyChecking === 'boolean' ? hostKeyChecking : wrong('run.hostKeyChecking', 'true or false'),
  };
}

function becomeOf(value: unknown): Become {
  const become = isObject(value) ? value : wrong('run.become', 'an object');
  return { user: textIn(become, 'user', 'run.become'), method: textIn(become, 'method', 'run.become') };
}

function textIn(object: JsonObject, name: string, place = 'run'): string {
  const value = object[name];
  return typeof value === 'string' ? value : wrong(`${place}.${name}`, 'a text');
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}

function whole(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}

function wrong(field: string, expected: string): never {
  throw new RunFileError(
    `${field} must be ${expected}; the controllers and the runner image may be of different releases`,
  );
}
