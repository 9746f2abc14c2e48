import { randomBytes } from 'node:crypto';

import type { ConfigMap } from './builtin.ts';

/**
 * What the counter object says while a process has ids in hand that it may give without asking: whose they are, and for
 * how long (milliseconds) after it wrote so. Until then no other process may give a higher id.
 */
export interface Lead {
  readonly token: string;
  readonly milliseconds: number;
}

/** Nobody takes a lead for longer, so that nobody need wait for longer, whatever stands in the object. */
export const longestLead = 1000;

/** @returns the last id that was given or is in somebody's hand. @throws Error saying how to mend the object */
function lastOf(counter: ConfigMap): number {
  const text = counter.data?.['last'] ?? '';
  const last = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
  // Starting over at 1 would hand out ids a second time.
  if (!Number.isSafeInteger(last))
    throw new Error(
      `ConfigMap ${counter.metadata.namespace}/${counter.metadata.name}: ` +
        'data.last must be the last id given, a whole number; set it to at least the highest id in use',
    );
  return last;
}

/** @returns the counter with this last id and this lead, everything else in it as it was. */
export function counterWith(counter: ConfigMap, last: number, lead: Lead | undefined): ConfigMap {
  const { lead: _, ...data } = counter.data ?? {};
  return {
    ...counter,
    data: {
      ...data,
      last: String(last),
      ...(lead === undefined ? {} : { lead: `${lead.token} ${lead.milliseconds}` }),
    },
  };
}

/** Ids in hand: those from `next` to `last`, to be given before `until` (milliseconds of performance.now()). */
export interface Stock {
  next: number;
  readonly last: number;
  readonly until: number;
}

/**
 * Whose lead a counter speaks of, and when it is over: when its time has passed since we first saw it, since clocks of
 * two machines cannot be compared.
 */
export class Leads {
  /** The token of our own. */
  own: string | undefined;
  #seen = '';
  #over = 0;

  /**
   * @returns the lead of another process that is not over at `now` (milliseconds of performance.now()), with its end
   */
  foreign(counter: ConfigMap, now: number): { readonly lead: Lead; readonly over: number } | undefined {
    const lead = leadOf(counter);
    if (lead === undefined || lead.token === this.own) return undefined;
    if (lead.token !== this.#seen) {
      this.#seen = lead.token;
      this.#over = now + lead.milliseconds;
    }
    return this.#over > now ? { lead, over: this.#over } : undefined;
  }
}

export interface Need {
  /** So many ids are to be given now, */
  readonly count: number;
  /** and so many more to be taken in hand; 0: none. */
  readonly ahead: number;
  /** What was in hand before. */
  readonly stock: Stock | undefined;
  readonly leads: Leads;
  readonly now: number;
}

export interface Reservation {
  readonly first: number;
  /** What the counter has to say: the last id that is in anybody's hand, and the lead. */
  readonly end: number;
  readonly lead: Lead | undefined;
  /**
   * The ids may not be given before, since another process has lower ones in hand; then nothing is taken in hand, and
   * the lead is that one's.
   */
  readonly waitUntil: number | undefined;
}

/** How to go on from a counter. Pure but for what `leads` remembers. */
export function planReservation(counter: ConfigMap, { count, ahead, stock, leads, now }: Need): Reservation {
  const last = lastOf(counter);
  const foreign = leads.foreign(counter, now);
  // What was in hand and nobody went beyond is still ours, and still the highest.
  const first = stock?.last === last ? stock.next : last + 1;
  const extra = foreign === undefined ? ahead : 0;
  const end = Math.max(last, first - 1 + count + extra);
  if (foreign !== undefined) return { first, end, lead: foreign.lead, waitUntil: foreign.over };
  return {
    first,
    end,
    lead: extra > 0 ? { token: randomBytes(6).toString('hex'), milliseconds: longestLead } : undefined,
    waitUntil: undefined,
  };
}

function leadOf({ data }: ConfigMap): Lead | undefined {
  const [token = '', milliseconds = ''] = (data?.['lead'] ?? '').split(' ');
  if (token === '') return undefined;
  return {
    token,
    milliseconds: /^[0-9]{1,6}$/.test(milliseconds) ? Math.min(Number(milliseconds), longestLead) : longestLead,
  };
}
