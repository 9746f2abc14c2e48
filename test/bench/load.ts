import { setTimeout as sleep } from 'node:timers/promises';

import { NotFoundError } from '../../kube/errors.ts';
import { apiVersionOf, resourcePath } from '../../kube/objects.ts';
import type { Transport } from '../../kube/transport.ts';
import { newWidget, widgets } from './widget.ts';

/** Calls under way at once: as many as the driver has connections. */
const concurrency = 10;

/** Writes widgets in one namespace. Answers are not parsed: the driver shares two cores with what it measures. */
export class Load {
  readonly namespace: string;
  readonly #transport: Transport;

  constructor(transport: Transport, namespace: string) {
    this.#transport = transport;
    this.namespace = namespace;
  }

  /**
   * Creates them as fast as the API server takes them.
   * @returns when each create was sent, milliseconds of performance.now()
   */
  async createAll(names: readonly string[]): Promise<Map<string, number>> {
    const sent = new Map<string, number>();
    await inParallel(names, (name) => this.#create(name, sent));
    return sent;
  }

  /**
   * Creates them one by one at an even pace, `perSecond`.
   * @returns when each create was sent, milliseconds of performance.now()
   */
  async createPaced(names: readonly string[], perSecond: number): Promise<Map<string, number>> {
    const sent = new Map<string, number>();
    const beganAt = performance.now();
    const calls: Promise<void>[] = [];
    for (const [index, name] of names.entries()) {
      await sleep(Math.max(0, beganAt + (index * 1000) / perSecond - performance.now()));
      calls.push(this.#create(name, sent));
    }
    await Promise.all(calls);
    return sent;
  }

  /** Makes every named widget as if no controller had seen it. */
  async clearStatus(names: readonly string[]): Promise<void> {
    await this.#patchStatus(names, null);
  }

  /** Makes every named widget Ready, as a manager would. They must not have been changed since they were created. */
  async markReady(names: readonly string[]): Promise<void> {
    const lastTransitionTime = `${new Date().toISOString().slice(0, 19)}Z`;
    const condition = {
      type: 'Ready',
      status: 'True',
      reason: 'Accepted',
      message: 'The widget is ready.',
      lastTransitionTime,
      observedGeneration: 1,
    };
    await this.#patchStatus(names, { observedGeneration: 1, conditions: [condition] });
  }

  async deleteAll(names: readonly string[]): Promise<void> {
    await inParallel(names, async (name) => {
      try {
        await this.#transport.call({ method: 'DELETE', path: resourcePath(widgets, this.namespace, name) });
      } catch (error) {
        if (!(error instanceof NotFoundError)) throw error;
      }
    });
  }

  async #create(name: string, sent: Map<string, number>): Promise<void> {
    const body = JSON.stringify({
      apiVersion: apiVersionOf(widgets),
      kind: widgets.kind,
      ...newWidget(this.namespace, name),
    });
    sent.set(name, performance.now());
    await this.#transport.call({ method: 'POST', path: resourcePath(widgets, this.namespace), body });
  }

  async #patchStatus(names: readonly string[], status: object | null): Promise<void> {
    const body = JSON.stringify({ status });
    await inParallel(names, async (name) => {
      const path = resourcePath(widgets, this.namespace, name, 'status');
      await this.#transport.call({ method: 'PATCH', path, body, contentType: 'application/merge-patch+json' });
    });
  }
}

/** Names in the order in which they are to be used. */
export function widgetNames(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${String(index).padStart(5, '0')}`);
}

/** Does it for each, as many at once as the driver has connections. */
export async function inParallel<I>(items: readonly I[], work: (item: I) => Promise<void>): Promise<void> {
  const queue = items.values();
  // One iterator shared by all workers hands each item out once.
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}
