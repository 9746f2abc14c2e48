import type { Answer, FacadeProcess } from './process.ts';

/** A post and its answer. */
export interface Said {
  readonly name: string;
  readonly answer: Answer;
  /** Milliseconds of performance.now(). */
  readonly began: number;
  readonly ended: number;
}

interface Named {
  readonly name: string;
}

/** A caller: posts one body after the other. */
export interface Conversation {
  (): Promise<readonly Said[]>;
}

/**
 * The callers of one facade, who take the bodies one by one from one row. Each waits for the answer before it takes the
 * next.
 */
export function spoken(
  post: FacadeProcess['post'],
  bodies: readonly Named[],
  callers: number,
): readonly Conversation[] {
  const row = bodies.values();
  return Array.from({ length: callers }, () => async () => {
    const said: Said[] = [];
    for (const body of row) {
      const began = performance.now();
      const answer = await post('/api/run', body);
      said.push({ name: body.name, answer, began, ended: performance.now() });
    }
    return said;
  });
}

/** Lets all of them speak at once. @returns what was said, caller by caller */
export async function connections(conversations: readonly Conversation[]): Promise<readonly (readonly Said[])[]> {
  return Promise.all(conversations.map(async (converse) => converse()));
}
