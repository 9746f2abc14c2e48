import { createHash } from 'node:crypto';

import type { Logger } from 'pino';

import type { Client } from './client.ts';
import { truncate } from './conditions.ts';
import { ApiError, NotFoundError } from './errors.ts';
import { microTime } from './lease.ts';
import { apiVersionOf, type KubeObject, type ResourceType } from './objects.ts';

/** events.k8s.io/v1 */
interface KubeEvent extends KubeObject {
  readonly eventTime?: string;
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
  readonly reportingController?: string;
  readonly reportingInstance?: string;
  readonly action?: string;
  readonly reason?: string;
  readonly type?: 'Normal' | 'Warning';
  readonly note?: string;
  readonly regarding?: object;
}

const events: ResourceType<KubeEvent> = {
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
};

export interface Happening {
  readonly type: 'Normal' | 'Warning';
  /** CamelCase, few different ones: people filter by it. */
  readonly reason: string;
  /** What was done or tried, CamelCase. */
  readonly action: string;
  readonly note: string;
}

export interface EventRecorderOptions {
  readonly controller: string;
  readonly instance: string;
  readonly log: Logger;
  /** How often counts of repeated events are written, milliseconds. */
  readonly flushEvery?: number;
}

interface Series {
  readonly object: KubeEvent;
  count: number;
  written: number;
  lastSeen: number;
}

/** A series that was silent this long (milliseconds) is over; the next occurrence is a new event. */
const seriesEndsAfter = 360_000;
const maxSeries = 2000;
const maxPerObject = 25;

/**
 * Writes Kubernetes Events beside the work: never awaited, never a reason for a pass to fail. What happens again is
 * counted in the first event's series and written now and then; an object that makes too many different events is cut
 * off.
 */
export class EventRecorder {
  readonly #client: Client;
  readonly #options: Required<EventRecorderOptions>;
  readonly #series = new Map<string, Series>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;

  constructor(client: Client, options: EventRecorderOptions) {
    this.#client = client;
    this.#options = { flushEvery: 10_000, ...options };
    this.#timer = setInterval(() => this.#flush(), this.#options.flushEvery).unref();
  }

  record<T extends KubeObject>(type: ResourceType<T>, object: T, happening: Happening): void {
    const { uid } = object.metadata;
    const key = [uid, happening.type, happening.reason, happening.action, happening.note].join('\n');
    const known = this.#series.get(key);
    if (known !== undefined) {
      known.count += 1;
      known.lastSeen = Date.now();
      return;
    }
    const siblings = [...this.#series.keys()].filter((other) => other.startsWith(`${uid}\n`)).length;
    if (siblings >= maxPerObject || this.#series.size >= maxSeries) return;
    const event = this.#event(type, object, happening, key);
    this.#series.set(key, { object: event, count: 1, written: 1, lastSeen: Date.now() });
    this.#send(() => this.#client.create(events, event));
  }

  /** Writes the last counts and waits for what is under way. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#flush();
    await Promise.all(this.#underWay);
  }

  #flush(): void {
    const now = Date.now();
    for (const [key, series] of this.#series) {
      if (series.count > series.written) {
        series.written = series.count;
        const patch = { series: { count: series.count, lastObservedTime: microTime(new Date(series.lastSeen)) } };
        this.#send(() => this.#client.mergePatch(events, series.object.metadata, patch));
      }
      if (now - series.lastSeen > seriesEndsAfter) this.#series.delete(key);
    }
  }

  #send(call: () => Promise<unknown>): void {
    const sending = call().then(
      () => undefined,
      (error: unknown) => {
        // The object's namespace is going away, or the event expired: nobody will read it.
        if (error instanceof NotFoundError || (error instanceof ApiError && error.httpStatus === 403)) return;
        this.#options.log.debug({ err: error }, 'event not written');
      },
    );
    this.#underWay.add(sending);
    void sending.finally(() => this.#underWay.delete(sending));
  }

  #event<T extends KubeObject>(type: ResourceType<T>, object: T, happening: Happening, key: string): KubeEvent {
    const { name, namespace, uid, resourceVersion } = object.metadata;
    const time = microTime(new Date());
    const suffix = createHash('sha256').update(`${key}${time}`).digest('hex').slice(0, 16);
    return {
      metadata: { name: `${name.slice(0, 230).replace(/[-.]+$/, '')}.${suffix}`, namespace: namespace ?? 'default' },
      eventTime: time,
      reportingController: this.#options.controller,
      reportingInstance: truncate(this.#options.instance, 128),
      type: happening.type,
      reason: happening.reason,
      action: happening.action,
      note: truncate(happening.note, 1000),
      regarding: { apiVersion: apiVersionOf(type), kind: type.kind, name, namespace, uid, resourceVersion },
    };
  }
}
