import type { StorageZoneCinder } from '../../../../crds/types/storagezone.ts';
import { NotLetInError, UnknownAnswerError } from '../../outside/errors.ts';
import type { OutsideClient, OutsideOptions } from '../../outside/client.ts';
import { CinderAnswerError, fieldsOf, listOf, textOf } from './answers.ts';

/**
 * The version of the API that is spoken, whatever newer ones a zone offers: the one that brought transfers as they are
 * today. A call that names none would be answered as by version 3.0.
 */
export const spokenVersion = '3.55';

/** Milliseconds. Cinder holds some calls until its volume service has answered. */
const actTimeout = 60_000;
/** Objects on one page; Cinder may be set up for fewer. */
const pageSize = 1000;

/** Where a zone's Cinder is, for the client of outside systems. */
export function cinderOptions({ endpoint }: StorageZoneCinder): OutsideOptions {
  return { system: 'Cinder', endpoints: [endpoint.replace(/\/+$/, '').replace(/\/v3$/, '')] };
}

export interface CinderCall {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below the project: `/volumes`. */
  readonly path: string;
  readonly body?: object;
  /** In whose name; absent: the project of the controllers. */
  readonly projectID?: string;
}

/** Calls of one zone's Cinder, with its version, credential and way of refusing. */
export class CinderClient {
  readonly projectID: string;
  readonly #client: Pick<OutsideClient, 'call'>;
  readonly #user: string;

  constructor(client: Pick<OutsideClient, 'call'>, { noAuth }: StorageZoneCinder) {
    this.#client = client;
    this.#user = noAuth.user ?? 'fleetwright';
    this.projectID = noAuth.projectID;
  }

  /** @returns the newest version that is offered. Needs no credential */
  async newestVersion(): Promise<string> {
    // Cinder answers this one with 300.
    const { body } = await this.#client.call({ method: 'GET', path: '/', reads: [300] });
    const third = listOf(body, 'versions').find(({ id }) => id === 'v3.0');
    if (third === undefined) throw new CinderAnswerError('version 3');
    return textOf(third, 'version');
  }

  /** @returns the body of the answer. @throws OutsideError */
  async call({ method, path, body, projectID = this.projectID }: CinderCall): Promise<unknown> {
    const answer = await this.#client.call({
      method,
      path: `/v3/${projectID}${path}`,
      headers: { 'x-auth-token': `${this.#user}:${projectID}`, 'openstack-api-version': `volume ${spokenVersion}` },
      reads: [401, 403],
      ...(body === undefined ? {} : { body }),
      ...(method === 'GET' ? {} : { timeout: actTimeout }),
    });
    if (answer.status === 401 || answer.status === 403)
      throw new NotLetInError('Cinder', `Cinder does not allow ${method} ${path}: ${reasonOf(answer.body)}`);
    // What a Cinder without authentication says to whoever shows no token: it would pass for success.
    if (answer.status === 204 && method === 'GET')
      throw new UnknownAnswerError('Cinder', `Cinder answered ${method} ${path} with nothing at all`);
    return answer.body;
  }

  /** @returns all objects of a list, page by page */
  async list(
    path: string,
    key: string,
    filter: Readonly<Record<string, string>> = {},
  ): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const found: Readonly<Record<string, unknown>>[] = [];
    for (let marker: string | undefined; ;) {
      const query = new URLSearchParams({
        ...filter,
        limit: String(pageSize),
        ...(marker === undefined ? {} : { marker }),
      });
      const body = await this.call({ method: 'GET', path: `${path}?${query.toString()}` });
      const page = listOf(body, key);
      found.push(...page);
      const last = page.at(-1);
      const links = fieldsOf(body, key)[`${key}_links`];
      if (last === undefined || !Array.isArray(links) || links.length === 0) return found;
      marker = textOf(last, 'id');
    }
  }
}

/** `{"forbidden": {"message": …}}`; the message names the policy. */
function reasonOf(body: unknown): string {
  if (typeof body !== 'object' || body === null) return 'it does not say why';
  for (const value of Object.values(body))
    if (typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string')
      return value.message;
  return 'it does not say why';
}
