import { parseArgs } from 'node:util';

import { ConfigError } from '../../kube/flags.ts';
import { messageOf } from '../../kube/thrown.ts';
import type { Api } from '../api.ts';
import { groupProblem, userProblem } from '../auth/identity.ts';
import { apiNamed, apiNames } from './kinds.ts';

const verbs = ['create', 'rotate', 'revoke', 'list'] as const;

/** What the helper for credentials was asked to do. */
export interface CredentialCommand {
  readonly verb: (typeof verbs)[number];
  /** Empty for `list` only. */
  readonly name: string;
  /** Whose callers it is for. */
  readonly api: string;
  readonly user: string;
  readonly groups: readonly string[];
  readonly namespace: string;
  readonly taskNamespaces: readonly string[];
  readonly readOnly: boolean;
  /** Which of those that the API knows; undefined: all. */
  readonly permissions: readonly string[] | undefined;
  /** For `revoke`: all but the newest. */
  readonly old: boolean;
  /** Write the manifests out instead of applying them. */
  readonly print: boolean;
  readonly kubeconfig: string | undefined;
}

const help = `Makes, changes and takes away the credentials by which callers of the REST facade are known.

usage: make credential CREDENTIAL='<what> [flags]'
   or: node apiserver/credential/main.ts <what> [flags]

  create   a Secret for a new credential, such as a bearer token, which is shown once, and a Role and RoleBinding for
           its user, or a ClusterRole and its binding where the API works on objects of the whole cluster
  rotate   a second one for the same user; the first goes on to work until it is revoked
  revoke   deletes the Secrets of the credential, its Roles and its RoleBindings; the facade refuses it from then on
  list     all credentials, and what is wrong with those that cannot be used

  --name NAME             the credential, for example called as the system that uses it:
                          lower-case letters, digits and "-", at most 40
  --api API               the API that its caller calls, which says what kind of credential it is:
                          one of ${apiNames.join(', ')} [${apiNames[0] ?? ''}]
  --user USER             the Kubernetes user in whose name the facade acts,
                          for example system:serviceaccount:ops:orion [fleetwright:NAME]
  --groups A,B            Kubernetes groups of that user []
  --task-namespaces A,B   where the user may do what callers of the API do;
                          "" for a user to whom you give rights yourself [as the API is set]
  --read-only             the user may only look, and make or change nothing
  --permissions A,B       what the user may do, where the API parts it: of jobx read, write, delete and control [all]
  --old                   with revoke: all but the newest, which ends a rotation
  --print                 with create: write the manifests to standard output, the credential to standard error,
                          and change nothing
  --namespace NAME        where the facade looks for credentials [fleetwright-system]
                          or FLEETWRIGHT_NAMESPACE
  --kubeconfig FILE       else KUBECONFIG, ~/.kube/config, or the pod's service account
  --help                  this text
`;

const options = {
  name: { type: 'string' },
  api: { type: 'string' },
  user: { type: 'string' },
  groups: { type: 'string' },
  'task-namespaces': { type: 'string' },
  'read-only': { type: 'boolean' },
  permissions: { type: 'string' },
  old: { type: 'boolean' },
  print: { type: 'boolean' },
  namespace: { type: 'string' },
  kubeconfig: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

const nameForm = /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/;
const namespaceForm = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * @returns what to do, or the help text when it was asked for, or nothing else was.
 * @throws ConfigError that names the flag and what to write
 */
export function readCommand(args: readonly string[], env: NodeJS.ProcessEnv): CredentialCommand | string {
  const { values, positionals } = parse(args);
  if (values.help === true || args.length === 0) return help;
  const verb = readVerb(positionals);
  const { name = '', kubeconfig } = values;
  const api = readApi(values.api ?? apiNames[0] ?? '');
  if (verb !== 'list' && !nameForm.test(name))
    throw wrong('name', name, 'give the credential a name of lower-case letters, digits and "-", at most 40');
  if (verb !== 'create') refuseUnread(verb, values);
  if (values.old === true && verb !== 'revoke') throw new ConfigError('--old goes with revoke only: leave it out');
  const flags = { readOnly: values['read-only'] === true, old: values.old === true, print: values.print === true };
  return {
    verb,
    name,
    kubeconfig,
    api: api.name,
    permissions: readPermissions(values, api),
    ...flags,
    ...readUser(values, name),
    ...readNamespaces(values, env, api),
  };
}

function readVerb(positionals: readonly string[]): CredentialCommand['verb'] {
  const said = positionals.join(' ');
  const verb = verbs.find((known) => known === said);
  if (verb === undefined)
    throw new ConfigError(`say what to do: one of ${verbs.join(', ')} (got ${JSON.stringify(said)}). See --help.`);
  return verb;
}

function readApi(name: string): Api {
  const api = apiNamed(name);
  if (api === undefined) throw wrong('api', name, `give one of ${apiNames.join(', ')}`);
  return api;
}

/**
 * @returns where the facade works for the callers of an API, by the setting that it has for that; empty where it has
 * none
 */
function namespaceOf({ name, settings }: Api, env: NodeJS.ProcessEnv): string {
  const setting = settings[`${name}-namespace`];
  return setting === undefined ? '' : (nonEmpty(env[setting.variable]) ?? setting.fallback);
}

function readPermissions({ permissions, 'read-only': readOnly }: Values, api: Api): readonly string[] | undefined {
  if (permissions === undefined) return undefined;
  const { permissions: known = [] } = api.callers;
  if (known.length === 0)
    throw new ConfigError(`--permissions does not go with --api ${api.name}, which knows none: leave it out`);
  if (readOnly === true)
    throw new ConfigError('--permissions and --read-only exclude each other: leave one of them out');
  const given = listOf(permissions);
  if (given.length === 0 || !given.every((name) => known.includes(name)))
    throw wrong('permissions', permissions, `give one or more of ${known.join(', ')}, with commas`);
  return given;
}

function readUser(values: Values, name: string): Pick<CredentialCommand, 'user' | 'groups'> {
  const user = values.user ?? `fleetwright:${name}`;
  const groups = listOf(values.groups ?? '');
  refuseProblem('user', user, userProblem(user));
  for (const group of groups) refuseProblem('groups', group, groupProblem(user, group));
  return { user, groups };
}

function readNamespaces(
  values: Values,
  env: NodeJS.ProcessEnv,
  api: Api,
): Pick<CredentialCommand, 'namespace' | 'taskNamespaces'> {
  const namespace = values.namespace ?? nonEmpty(env['FLEETWRIGHT_NAMESPACE']) ?? 'fleetwright-system';
  if (values['task-namespaces'] !== undefined && api.callers.rights(true).namespaced === undefined)
    throw new ConfigError(
      `--task-namespaces does not go with --api ${api.name}, whose callers work on objects of the whole cluster: ` +
        'leave it out',
    );
  const taskNamespaces = values['task-namespaces'] ?? namespaceOf(api, env);
  return {
    namespace: namespaceIn('namespace', namespace),
    taskNamespaces: listOf(taskNamespaces).map((each) => namespaceIn('task-namespaces', each)),
  };
}

type Values = ReturnType<typeof parse>['values'];

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new ConfigError(`${messageOf(error)}. See --help.`);
  }
}

/** What is not heeded is better not taken: somebody may think that he changed a user by it. */
function refuseUnread(verb: string, values: Values): void {
  const flags = ['api', 'user', 'groups', 'task-namespaces', 'read-only', 'permissions', 'print'] as const;
  for (const flag of flags) {
    if (values[flag] !== undefined)
      throw new ConfigError(`--${flag} goes with create only: leave it out; ${verb} keeps to what is there`);
  }
}

function refuseProblem(flag: string, value: string, problem: string | undefined): void {
  if (problem !== undefined) throw wrong(flag, value, problem);
}

function namespaceIn(flag: string, namespace: string): string {
  if (!namespaceForm.test(namespace)) throw wrong(flag, namespace, 'give the name of a namespace');
  return namespace;
}

function wrong(flag: string, value: string, fix: string): ConfigError {
  return new ConfigError(
    value === '' ? `--${flag} is not set: ${fix}` : `--${flag} is ${JSON.stringify(value)}: ${fix}`,
  );
}

function listOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
