import { appkeyKind } from '../../../apiserver/jobx/appkey-kind.ts';
import { jobxCallers } from '../../../apiserver/jobx/callers.ts';
import { credentialManifests } from '../../../apiserver/credential/manifests.ts';
import { applyManifests } from './credentials.ts';

/** The calls of the API's document, as it writes their paths. */
export const documentedCalls = [
  'GET /group/:projectid',
  'GET /group/:projectid/:id',
  'GET /group/:projectid/:id/node',
  'POST /group/:projectid',
  'POST /group/:projectid/:id',
  'DELETE /group/:projectid/:id',
  'GET /log/:projectid',
  'GET /slave/:slave/log/:uuid',
  'GET /task/:projectid',
  'GET /task/:projectid/count',
  'GET /task/:projectid/:uuid',
  'POST /task/:projectid/job/byname',
  'PUT /task/:projectid/:uuid/:control',
  'DELETE /task/:projectid/:uuid',
  'PUT /task/:projectid/:uuid',
  'GET /task/:projectid/analysis/last',
  'GET /task/:projectid/analysis/date',
  'GET /task/:projectid/analysis/hour',
  'GET /task/:projectid/analysis/runtime',
  'GET /subtask/:projectid/:taskuuid',
  'PUT /subtask/:projectid/:subtaskuuid/confirm',
  'POST /third/option/groupname',
  'POST /third/interface/dry-run',
  'POST /third/interface/invoke',
  'POST /third/interface/query',
  'POST /third/interface/stop',
] as const;

export type DocumentedCall = (typeof documentedCalls)[number];

export interface Said {
  /** What stands in the path in place of `:name`. */
  readonly path?: Readonly<Record<string, string | number>>;
  readonly query?: Readonly<Record<string, string>>;
  /** A text is sent as it is. */
  readonly body?: object | string;
}

export interface JobxAnswer {
  readonly status: number;
  /** Of an answer that is no JSON, the text. */
  readonly body: unknown;
}

/** Makes a call as the document writes it. */
export async function callJobx(
  url: string,
  headers: Readonly<Record<string, string>>,
  documented: DocumentedCall,
  { path = {}, query = {}, body }: Said = {},
): Promise<JobxAnswer> {
  const [method = '', template = ''] = documented.split(' ');
  const filled = template.replace(/:([a-z]+)/g, (_, name: string) => {
    const value = path[name];
    if (value === undefined) throw new Error(`${documented} needs ${name}`);
    return String(value);
  });
  const asked = new URLSearchParams(query);
  const answer = await fetch(`${url}${filled}${asked.size === 0 ? '' : `?${asked.toString()}`}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.startsWith('application/json') === true;
  return { status: answer.status, body: isJson ? JSON.parse(text) : text };
}

export interface AppOptions {
  readonly readOnly?: boolean;
  /** Where its user has rights; the project's namespace by default. */
  readonly taskNamespaces?: readonly string[];
}

/** An application that calls, by its credential in the facade's namespace. */
export interface App {
  readonly user: string;
  readonly headers: { readonly appname: string; readonly appkey: string };
}

/** Makes an application for a facade in this namespace. */
export async function newApp(namespace: string, name: string, options: AppOptions = {}): Promise<App> {
  const credential = appkeyKind.make();
  const user = `${name}-${namespace}`;
  const request = { name, callers: jobxCallers, credential, user, namespace, taskNamespaces: [namespace], ...options };
  await applyManifests(credentialManifests(request));
  return { user, headers: { appname: credential.data['appname'] ?? '', appkey: credential.secret } };
}
