import { setTimeout as sleep } from 'node:timers/promises';

import type { Answer, FacadeProcess } from './process.ts';

/** A post and its answer. */
export interface Said {
  readonly name: string;
  readonly answer: Answer;
  /** Milliseconds of performance.now(). */
  readonly began: number;
  readonly ended: number;
}

/** What Retry-After says of an answer by a facade that lags behind, milliseconds. */
const afterLag = 2000;

/** Posts, and again as long as the facade turns the call away because it has too much to do, as it does before it looks into a call. */
export async function untilTaken(post: FacadeProcess['post'], path: string, body: object): Promise<Answer> {
  for (;;) {
    const answer = await post(path, body);
    if (answer.status !== 503 || answer.body.message?.includes('more to do than can be done') !== true) return answer;
    await sleep(afterLag);
  }
}

interface Named {
  readonly name: string;
}

/** A caller: posts one body after the other. */
export interface Conversation {
  (): Promise<readonly Said[]>;
}

/** The callers of one facade, who take the bodies one by one from one row. Each waits for the answer before it takes the next. */
export function spoken(post: FacadeProcess['post'], bodies: readonly Named[], callers: number): readonly Conversation[] {
  const row = bodies.values();
  return Array.from({ length: callers }, () => async () => {
    const said: Said[] = [];
    for (const body of row) {
      const began = performance.now();
      const answer = await untilTaken(post, '/api/run', body);
      said.push({ name: body.name, answer, began, ended: performance.now() });
    }
    return said;
  });
}

/** Lets all of them speak at once. @returns what was said, caller by caller */
export async function connections(conversations: readonly Conversation[]): Promise<readonly (readonly Said[])[]> {
  return Promise.all(conversations.map(async (converse) => converse()));
}
