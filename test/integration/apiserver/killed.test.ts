import { expect, onTestFinished, test } from 'vitest';

import { idLabel } from '../../../crds/labels.ts';
import { amount, patience, variants } from '../../harness/matrix.ts';
import { siteForFile } from './cluster.ts';
import { startFacade, type Answer, type FacadeProcess } from './process.ts';

const site = siteForFile();
const callers = 20;
const posts = amount(60, 200);
/** So many answers the callers have had when a facade is killed. */
const deaths = variants([20, 60, 100, 140], [20]);

/** What a caller did for one name. `known` and `again` only if the first post was not answered. */
interface Outcome {
  readonly name: string;
  readonly first: Answer | undefined;
  readonly known?: Answer;
  readonly again?: Answer;
  readonly id: number;
}

/**
 * A row of callers against one facade after the other: each is killed while posts are under way, and another takes its
 * place. A caller whose post is not answered does what the documentation says: asks by name, and posts again.
 */
test(
  'a facade killed in mid-post leaves every caller able to find out what happened, and to repeat without a second task',
  async () => {
    const { namespace, kubeconfigPath, tasks } = site();
    const start = async (): Promise<FacadeProcess> => startFacade(kubeconfigPath, namespace);
    let facade = start();
    onTestFinished(async () => void (await (await facade).stop()));
    const present = (): Promise<FacadeProcess> => facade;
    const replaceWhenDue = (answers: number): void => {
      if (!deaths.includes(answers)) return;
      const dying = facade;
      facade = dying.then(async ({ kill, ended }) => {
        kill('SIGKILL');
        await ended;
        return start();
      });
    };

    const names = Array.from({ length: posts }, (_, index) => `killed meanwhile ${index}`);
    const row = names.values();
    const outcomes: Outcome[] = [];
    await Promise.all(
      Array.from({ length: callers }, async () => {
        for (const name of row) {
          outcomes.push(await settle(present, name));
          replaceWhenDue(outcomes.length);
        }
      }),
    );

    const unanswered = outcomes.filter(({ first }) => first === undefined);
    const done = unanswered.filter(({ known }) => known?.status === 200);
    console.log(`${unanswered.length} posts without an answer, of which ${done.length} had been done`);
    // Or nothing was shown.
    expect(unanswered.length).toBeGreaterThanOrEqual(deaths.length);
    expect(outcomes.filter(({ first }) => first !== undefined && first.status !== 200)).toEqual([]);
    expect(unanswered.filter(({ known }) => known?.status !== 200 && known?.status !== 404)).toEqual([]);
    for (const { again } of done)
      expect(again).toEqual({ status: 400, body: { code: -1, message: 'task name is duplicate' } });

    const ids = new Map(outcomes.map(({ name, id }) => [name, id]));
    expect(new Set(ids.values()).size).toBe(posts);
    const there = (await tasks()).map(({ metadata }): [string, number] => [
      metadata.annotations?.['fleetwright.io/dispatch-name'] ?? metadata.name,
      Number(metadata.labels?.[idLabel]),
    ]);
    expect(there).toHaveLength(posts);
    expect(new Map(there)).toEqual(ids);
  },
  patience(120_000),
);

async function settle(present: () => Promise<FacadeProcess>, name: string): Promise<Outcome> {
  const body = { name, nodes: ['web-1'], tasks: '- ping:' };
  const first = await attempt(await present(), '/api/run', body);
  if (first !== undefined) return { name, first, id: idIn(first) };
  const known = await answered(present, '/api/check', { name });
  const again = await answered(present, '/api/run', body);
  // The repetition may have been cut off by the next death, and be found done by its own repetition.
  const told = again.status === 200 ? again : await answered(present, '/api/check', { name });
  return { name, first, known, again, id: idIn(told) };
}

function idIn({ body }: Answer): number {
  return Number(body.content?.['id']);
}

/** @returns undefined when the connection broke or none could be made */
async function attempt(facade: FacadeProcess, path: string, body: object): Promise<Answer | undefined> {
  try {
    return await facade.post(path, body);
  } catch (error) {
    if (error instanceof TypeError && /fetch failed|terminated/.test(error.message)) return undefined;
    throw error;
  }
}

/** Asks whichever facade there is until one answers. */
async function answered(present: () => Promise<FacadeProcess>, path: string, body: object): Promise<Answer> {
  for (;;) {
    const answer = await attempt(await present(), path, body);
    if (answer !== undefined) return answer;
  }
}
