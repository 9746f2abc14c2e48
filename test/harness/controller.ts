import { pino, type Logger } from 'pino';

import type { Client } from '../../kube/client.ts';
import { EventRecorder } from '../../kube/events.ts';
import { Manager } from '../../kube/manager.ts';
import type { Running } from './crash.ts';

/** What a controller is added with. */
export interface Ground {
  readonly manager: Manager;
  readonly events: EventRecorder;
  readonly log: Logger;
}

/** Adds a controller. @returns what is to be closed when it is stopped, if anything is */
export type Add = (ground: Ground) => Promise<(() => Promise<void> | void) | void> | (() => void) | void;

/**
 * Starts controllers in this process over a client that may fail, as their program would, and ends them as its end
 * would.
 * @param eventsClient events are written beside the work and are no steps of it
 */
export async function startController(client: Client, eventsClient: Client, add: Add): Promise<Running> {
  const log = pino({ level: 'silent' });
  const stopping = new AbortController();
  const manager = new Manager({ client, log, gracePeriod: 5000 });
  const events = new EventRecorder(eventsClient, { controller: 'fleetwright.io/tests', instance: 'harness', log });
  const close = await add({ manager, events, log });
  const running = manager.run(stopping.signal);
  return {
    async stop() {
      stopping.abort();
      await running;
      await events.close();
      await close?.();
    },
  };
}
