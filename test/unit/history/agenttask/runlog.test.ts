import { gzipSync } from 'node:zlib';

import { pino } from 'pino';
import { describe, expect, test } from 'vitest';

import { runLogLabel } from '../../../../crds/labels.ts';
import { encodeRunLog, runLogKey, runLogName, stepsPerPart, type RunStep } from '../../../../crds/runlog.ts';
import { readRunLog } from '../../../../history/agenttask/runlog.ts';
import { configMaps } from '../../../../kube/builtin.ts';
import { failure, FakeApi } from '../../kube/fake-api.ts';
import { endedAt, steps, task, uidOf } from '../samples.ts';

const run = { id: 'run-1', executor: 'local', location: 'here', timeoutSeconds: 60 } as const;
const ran = task(1, {}, { ...endedAt('2026-11-21T12:00:09Z'), run });

interface Read {
  readonly found: readonly RunStep[];
  /** Messages of the log. */
  readonly said: readonly string[];
  readonly api: FakeApi;
}

async function read(parts: readonly (string | undefined)[], owner = uidOf(1)): Promise<Read> {
  const api = new FakeApi();
  for (const [number, text] of parts.entries()) {
    const metadata = { namespace: 'fleet', name: runLogName('run-1', number), labels: { [runLogLabel]: owner } };
    await api.create(configMaps, text === undefined ? { metadata } : { metadata, binaryData: { [runLogKey]: text } });
  }
  const said: string[] = [];
  const log = pino(
    {},
    { write: (line: string) => said.push(String((JSON.parse(line) as { readonly msg: unknown }).msg)) },
  );
  return { found: await readRunLog(api, ran, log), said, api };
}

const many = (count: number): readonly RunStep[] =>
  Array.from({ length: count }, (_, number) => ({ ...(steps[0] as RunStep), name: `step ${number}` }));

describe('the log of a run', () => {
  test('is read part by part', async () => {
    const all = many(stepsPerPart * 2 + 5);
    const parts = [0, 1, 2].map((part) => encodeRunLog(all.slice(part * stepsPerPart, (part + 1) * stepsPerPart)));
    const { found, said } = await read(parts);
    expect(found).toEqual(all);
    expect(said).toEqual([]);
  });

  test('that ends with a full part is read to its end', async () => {
    expect((await read([encodeRunLog(many(stepsPerPart))])).found).toHaveLength(stepsPerPart);
  });

  test('costs one question where it is short', async () => {
    expect((await read([encodeRunLog(steps)])).api.made('get')).toHaveLength(1);
  });

  test('may be missing', async () => {
    expect(await read([])).toMatchObject({ found: [], said: [] });
  });

  test('that nobody may read is waited for, since rights can be given', async () => {
    const api = new FakeApi();
    api.before = async () => {
      throw failure(403, 'Forbidden');
    };
    await expect(readRunLog(api, ran, pino({ level: 'silent' }))).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('what cannot be read is left out, and the rest is taken', () => {
  test.each([
    ['no entry', undefined],
    ['no base64 of gzip', 'bm90IGd6aXA='],
    ['far too much', gzipSync(Buffer.alloc(20 * 1024 * 1024, 'x')).toString('base64')],
  ])('a part with %s', async (_, text) => {
    const { found, said } = await read([text, encodeRunLog(steps)]);
    expect(found).toEqual(steps);
    expect(said).toEqual(['a part of the log of the run cannot be read: it is left out']);
  });

  test('a line that is no JSON', async () => {
    const text = gzipSync(`{"host":\n${JSON.stringify(steps[0])}`).toString('base64');
    const { found, said } = await read([text, encodeRunLog(steps)]);
    expect(found).toEqual([steps[0], ...steps]);
    expect(said).toEqual(['steps of the log of the run cannot be read: they are left out']);
  });

  test('a ConfigMap of another task', async () => {
    const { found, said } = await read([encodeRunLog(steps)], uidOf(2));
    expect(found).toEqual([]);
    expect(said).toEqual(['this ConfigMap is no part of the log of the run: it is left out']);
  });

  test('steps that are none, and what steps do not hold', async () => {
    const odd = [
      null,
      7,
      'x',
      { host: 'host-a' },
      { ...steps[0], result: 'splendid' },
      { ...steps[0], message: 'm'.repeat(5000), extra: 1, ignored: 'yes' },
    ];
    const { found, said } = await read([
      gzipSync(odd.map((step) => JSON.stringify(step)).join('\n')).toString('base64'),
    ]);
    expect(found).toEqual([{ ...steps[0], message: 'm'.repeat(1024) }]);
    expect(said).toEqual(['steps of the log of the run cannot be read: they are left out']);
  });
});
