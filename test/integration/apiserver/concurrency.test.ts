import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { idCounterName, idLabel } from '../../../crds/labels.ts';
import { configMaps } from '../../../kube/builtin.ts';
import { amount, patience } from '../../harness/matrix.ts';
import { siteForFile } from './cluster.ts';
import { startFacade, type Answer, type FacadeProcess } from './process.ts';
import { connections, spoken, type Said } from './storm.ts';

const site = siteForFile();
const duplicate: Answer = { status: 400, body: { code: -1, message: 'task name is duplicate' } };

/** Callers that wait for each answer before the next call, at each of the two facades. */
const callers = amount(10, 50);
const posts = amount(400, 2000);

describe(`two facades under ${posts} posts by ${2 * callers} callers at once`, () => {
  let other: FacadeProcess;
  let said: readonly (readonly Said[])[];

  beforeAll(async () => {
    const { facade, namespace, kubeconfigPath } = site();
    other = await startFacade(kubeconfigPath, namespace);
    // Each name is posted twice at the same time: by the same caller's number at the one facade and at the other.
    const names = Array.from({ length: posts / 2 }, (_, index) => `of many ${index}`);
    const bodies = names.map((name) => ({ name, nodes: ['web-1'], tasks: '- ping:' }));
    said = await connections([facade, other].flatMap(({ post }) => spoken(post, bodies, callers)));
  }, patience(120_000));
  afterAll(async () => void (await other.stop()));

  const all = (): readonly Said[] => said.flat();
  const made = (): readonly Said[] => all().filter(({ answer }) => answer.status === 200);

  test('each name is taken exactly once, and refused as a duplicate the other time', () => {
    expect(all()).toHaveLength(posts);
    expect(new Set(made().map(({ name }) => name)).size).toBe(posts / 2);
    expect(made()).toHaveLength(posts / 2);
    const refused = all().filter(({ answer }) => answer.status !== 200);
    expect(refused.map(({ answer }) => answer)).toEqual(refused.map(() => duplicate));
  });

  test('every id is given once', () => {
    expect(new Set(made().map(idOf)).size).toBe(posts / 2);
  });

  test('every caller is given higher ids as it goes on', () => {
    for (const answers of said) {
      const ids = answers.filter(({ answer }) => answer.status === 200).map(idOf);
      expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    }
    // Or the order was that of nothing.
    expect(
      Math.max(...said.map((answers) => answers.filter(({ answer }) => answer.status === 200).length)),
    ).toBeGreaterThan(5);
  });

  test('a post that began after the answer to another one, at whichever facade, has the higher id', () => {
    const inOrder = made().toSorted((a, b) => a.began - b.began);
    const byEnd = made().toSorted((a, b) => a.ended - b.ended);
    let before = 0;
    let highest = 0;
    const wrong: string[] = [];
    for (const one of inOrder) {
      for (let next = byEnd[before]; next !== undefined && next.ended < one.began; next = byEnd[before]) {
        highest = Math.max(highest, idOf(next));
        before += 1;
      }
      if (idOf(one) <= highest) wrong.push(`${one.name}: ${idOf(one)} after ${highest}`);
    }
    expect(before).toBeGreaterThan(posts / 4);
    expect(wrong).toEqual([]);
  });

  test('there is one task for each name with the id that was answered, and nothing else', async () => {
    const { tasks, client, namespace } = site();
    const found = await tasks();
    const there = new Map(
      found.map(({ metadata }) => [
        metadata.annotations?.['fleetwright.io/dispatch-name'] ?? metadata.name,
        Number(metadata.labels?.[idLabel]),
      ]),
    );
    expect(there).toEqual(new Map(made().map((one) => [one.name, idOf(one)])));
    expect(found).toHaveLength(posts / 2);
    const counter = await client.get(configMaps, { namespace, name: idCounterName });
    expect(Number(counter.data?.['last'])).toBeGreaterThanOrEqual(Math.max(...made().map(idOf)));
  });
});

function idOf({ answer }: Said): number {
  return Number(answer.body.content?.['id']);
}
