import type { FastifyPluginAsync } from 'fastify';
import type { Logger } from 'pino';

import type { ClusterStage } from '../crds/types/clusterstage.ts';
import type { HistoryReader } from '../history/store.ts';
import type { Role } from '../kube/builtin.ts';
import type { Client } from '../kube/client.ts';
import type { Setting, Settings } from '../kube/flags.ts';
import type { ResourceType } from '../kube/objects.ts';
import type { ReadStore } from '../kube/store.ts';
import type { Authorizer } from './auth/authorizer.ts';
import type { BearerOptions } from './auth/bearer.ts';
import type { Caller } from './auth/caller.ts';
import type { CredentialKind } from './auth/credential-kind.ts';
import type { Ids } from './objects/create.ts';

/**
 * In which of its two ways an API answers: as its document says, or as the original program did where the two differ.
 */
export type ApiMode = (typeof apiModes)[number];

export const apiModes = ['documented', 'original'] as const;

/** A documented API: what the list in apis.ts holds. All that is its own is in the folder of its name. */
export interface Api {
  /** Its folder, the tag of its calls in the description, the label of its metrics, the beginning of its flags. */
  readonly name: string;
  /** By their flags. `<name>-mode`, where there is one, chooses one of apiModes. */
  readonly settings: Readonly<Record<string, Setting>>;
  readonly callers: Callers;
  /** @param facade what of the settings of all APIs an API goes by. @throws ConfigError */
  configure(read: Settings<string>, facade: FacadeFacts): ConfiguredApi;
}

/** Who calls an API. */
export interface Callers {
  /** What they show. */
  readonly credential: CredentialKind;
  /** Parts of what callers do that can be given alone, by their names; absent: there are none. */
  readonly permissions?: readonly string[];
  /** @param permissions those that are given; absent: all. @returns what the user of a caller needs */
  rights(readOnly: boolean, permissions?: readonly string[]): CallerRights;
}

/** At least one of both. */
export interface CallerRights {
  /** In each namespace that he works in. */
  readonly namespaced?: GivenRights;
  /** On objects that belong to no namespace. */
  readonly cluster?: GivenRights;
}

export interface GivenRights {
  readonly rules: Role['rules'];
  /** What they allow, after "may". */
  readonly inWords: string;
}

export interface FacadeFacts {
  /** Whether objects are known after they were deleted. */
  readonly withHistory: boolean;
}

/** An API whose settings were read; nothing was asked of the cluster yet. */
export interface ConfiguredApi {
  readonly name: string;
  readonly callers: Callers;
  /** Namespaces that have to be there. */
  readonly namespaces: readonly RequiredNamespace[];
  /** For the log, at the start. */
  readonly facts: Readonly<Record<string, string>>;
  /** Makes it, without asking the cluster. */
  open(site: Site): OpenedApi;
}

export interface RequiredNamespace {
  readonly name: string;
  /** How the setting is called that names it. */
  readonly setting: string;
}

/** What all APIs of a facade share. */
export interface Site {
  readonly log: Logger;
  /** The address at which they are called. */
  readonly host: string;
  /** With the rights of this service. */
  readonly client: Client;
  /** Acts in the name of a caller, as far as the stage of the cluster lets him. */
  readonly clientOf: (caller: Caller) => Client;
  /** A cache of them all. */
  readonly stages: ReadStore<ClusterStage>;
  readonly authorizer: Authorizer;
  readonly history: HistoryReader | undefined;
  /**
   * @returns the same for the same counter, whichever API asks
   * @param counter name of the object, in the namespace of the facade, that the ids come from
   * @param highest the highest id in use, for the case that somebody deleted the counter
   */
  ids(type: ResourceType, counter: string, highest: () => Promise<number>): Ids;
  /**
   * @returns by what the guard of an API knows callers who show a credential of a kind, or a token of the API server.
   */
  authentication(api: string, kind: CredentialKind): Omit<BearerOptions, 'openAs'>;
}

/** An API that can be served. */
export interface OpenedApi extends ServedApi {
  /** By their names in the metrics. They are run, and waited for, by whoever opened the API. */
  readonly caches: Readonly<Record<string, Cache>>;
  /** Whether callers are let in who show nothing. */
  readonly letsAnybodyIn: boolean;
}

/** What of an API the application is made of. */
export interface ServedApi {
  readonly plugin: FastifyPluginAsync;
  readonly description: ApiDescription;
}

/** A cache as a Reflector keeps it, whatever is in it. */
export interface Cache {
  readonly type: ResourceType;
  readonly synced: Promise<void>;
  readonly hasSynced: boolean;
  /** When the API server was last heard of, milliseconds of performance.now(); 0: never. */
  readonly lastContact: number;
  run(signal: AbortSignal): Promise<void>;
}

/** What the description says of an API besides its calls. */
export interface ApiDescription {
  /** The tag of its calls. */
  readonly tag: { readonly name: string; readonly description: string };
  /** A sentence on how it answers. */
  readonly way: string;
  /** How callers can say who they are, by the name of the scheme; one of them is enough. */
  readonly security: Readonly<Record<string, object>>;
}
