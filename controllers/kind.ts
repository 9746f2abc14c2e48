import type { Logger } from 'pino';

import type { Clock } from '../kube/clock.ts';
import type { EventRecorder } from '../kube/events.ts';
import type { Setting, Settings } from '../kube/flags.ts';
import type { Manager } from '../kube/manager.ts';
import type { ResourceType } from '../kube/objects.ts';
import type { Transport } from '../kube/transport.ts';
import type { ClaimsWorld } from './shared/claims.ts';

/**
 * A kind that the controllers look after: what the list in kinds.ts holds. All that is its own is in the folder of its
 * name.
 */
export interface Kind {
  /** Its folder, and the name of its controller in logs and metrics. */
  readonly name: string;
  /** Its own settings, by their flags. */
  readonly settings: Readonly<Record<string, Setting>>;
  /**
   * What it looks after. Where something holds it, deleted before the controllers and the recorder are removed: nobody
   * else could let it go.
   */
  readonly objects: ResourceType;
  /** Those that its controller puts on objects, and takes away again. */
  readonly finalizers: readonly string[];
  /** The recorder holds its objects, although its controller does not. */
  readonly recorded?: true;
  /** Classes of what `open` throws where the operator has to do something, and the message says what. */
  readonly startErrors: readonly (new (...parameters: never[]) => Error)[];
  /** @throws ConfigError for a setting that cannot be used */
  configure(read: Settings<string>, surroundings: Surroundings): ConfiguredKind;
}

/** What a kind's settings depend on besides themselves. */
export interface Surroundings {
  /** This process is in a pod. */
  readonly inCluster: boolean;
}

/** A kind whose settings were read; nothing was asked of the cluster yet. */
export interface ConfiguredKind {
  readonly name: string;
  /** For the log, at the start. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Adds the kind to the manager: its caches, what wakes an object, its controller. */
  open(site: Site): Promise<void>;
}

/** What all kinds of one process share. */
export interface Site {
  readonly manager: Manager;
  readonly transport: Transport;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly log: Logger;
  /**
   * By which operations of all kinds keep off each other's machines: a kind whose objects claim machines adds itself to
   * its kinds.
   */
  readonly claims: ClaimsWorld;
  /** The namespace of the controllers themselves, where counters and claims are. */
  readonly systemNamespace: string;
  /** The only namespace whose objects are looked after; undefined: all. */
  readonly watchNamespace: string | undefined;
}
