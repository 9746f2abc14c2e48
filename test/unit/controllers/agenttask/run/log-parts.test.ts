import { describe, expect, test } from 'vitest';
import { RunLogTakenError, writeRunLog } from '../../../../../controllers/agenttask/run/log-parts.ts';
import { decodeRunLog, runLogKey, stepsPerPart, type RunStep } from '../../../../../crds/runlog.ts';
import type { AgentTask } from '../../../../../crds/types/agenttask.ts';
import { configMaps, type ConfigMap } from '../../../../../kube/builtin.ts';
import { FakeApi, failure } from '../../../kube/fake-api.ts';

const task: AgentTask = {
  apiVersion: 'fleetwright.io/v1alpha1',
  kind: 'AgentTask',
  metadata: { namespace: 'shop', name: 'deploy', uid: 'u-1' },
  spec: { hosts: ['web-1'] },
};
const run = 'u-1-1';

function steps(count: number, change: Partial<RunStep> = {}): RunStep[] {
  return Array.from({ length: count }, (_, index) => ({
    host: 'web-1',
    name: `task ${index}`,
    action: 'ping',
    start: '2026-03-01T10:00:00Z',
    end: '2026-03-01T10:00:01Z',
    result: 'ok',
    ...change,
  }));
}

/** Steps in a part that is there. */
function stepsIn(api: FakeApi, part: number): readonly RunStep[] {
  const { binaryData } = (api.objects.get(`configmaps/shop/run-log-u-1-1-${part}`) ?? {}) as Partial<ConfigMap>;
  return decodeRunLog(binaryData?.[runLogKey] ?? '').steps;
}

describe('writeRunLog', () => {
  test('makes one ConfigMap that goes with the task and gives back the steps', async () => {
    const api = new FakeApi();
    await writeRunLog(api, task, run, steps(3));
    const written = api.objects.get('configmaps/shop/run-log-u-1-1-0');
    expect(written?.metadata).toMatchObject({
      labels: { 'fleetwright.io/run-log': 'u-1' },
      ownerReferences: [
        {
          apiVersion: 'fleetwright.io/v1alpha1',
          kind: 'AgentTask',
          name: 'deploy',
          uid: 'u-1',
          controller: false,
          blockOwnerDeletion: false,
        },
      ],
    });
    expect(stepsIn(api, 0)).toEqual(steps(3));
    expect(api.objects.size).toBe(1);
  });

  test('writes nothing for a run without steps', async () => {
    const api = new FakeApi();
    await writeRunLog(api, task, run, []);
    expect(api.calls).toEqual([]);
  });

  test('repeated with the same steps it writes nothing, and with its memory it does not even ask', async () => {
    const api = new FakeApi();
    const memory = new Map<string, string>();
    await writeRunLog(api, task, run, steps(3), memory);
    await writeRunLog(api, task, run, steps(3));
    expect(api.made('create')).toHaveLength(1);
    expect(api.made('replace')).toHaveLength(0);
    const before = api.calls.length;
    await writeRunLog(api, task, run, steps(3), memory);
    expect(api.calls).toHaveLength(before);
  });

  test('as the run goes on only the last part changes and new ones follow', async () => {
    const api = new FakeApi();
    const memory = new Map<string, string>();
    const all = steps(2 * stepsPerPart + 5);
    await writeRunLog(api, task, run, all.slice(0, stepsPerPart + 1), memory);
    api.calls.length = 0;
    await writeRunLog(api, task, run, all, memory);
    expect(api.calls.filter(({ verb }) => verb !== 'get').map(({ verb, key }) => `${verb} ${key}`)).toEqual([
      'replace shop/run-log-u-1-1-1',
      'create shop/run-log-u-1-1-2',
    ]);
    expect([0, 1, 2].flatMap((part) => stepsIn(api, part))).toEqual(all);
  });

  test('a part that somebody made meanwhile is taken over, not made twice', async () => {
    const api = new FakeApi();
    const other = new FakeApi();
    await writeRunLog(other, task, run, steps(2));
    const made = other.objects.get('configmaps/shop/run-log-u-1-1-0');
    api.before = async ({ verb }) => {
      if (verb === 'create' && made !== undefined) api.objects.set('configmaps/shop/run-log-u-1-1-0', made);
    };
    await writeRunLog(api, task, run, steps(3));
    expect(stepsIn(api, 0)).toHaveLength(3);
  });

  test('after a write of which nobody knows whether it was done, it asks before it writes again', async () => {
    const api = new FakeApi();
    const memory = new Map<string, string>();
    await writeRunLog(api, task, run, steps(1), memory);
    api.before = async ({ verb }) => {
      if (verb === 'replace') throw failure(503, 'Unavailable');
    };
    await expect(writeRunLog(api, task, run, steps(2), memory)).rejects.toThrow('Unavailable');
    api.before = async () => undefined;
    await writeRunLog(api, task, run, steps(2), memory);
    expect(stepsIn(api, 0)).toHaveLength(2);
  });

  test('a ConfigMap of somebody else with that name is left alone and named', async () => {
    const api = new FakeApi();
    const theirs = await api.create(configMaps, {
      metadata: { namespace: 'shop', name: 'run-log-u-1-1-0' },
      data: { a: 'b' },
    });
    const writing = writeRunLog(api, task, run, steps(1));
    await expect(writing).rejects.toBeInstanceOf(RunLogTakenError);
    await expect(writing).rejects.toThrow('ConfigMap shop/run-log-u-1-1-0');
    expect(api.objects.get('configmaps/shop/run-log-u-1-1-0')).toBe(theirs);
  });

  test('keeps what others put on the ConfigMap', async () => {
    const api = new FakeApi();
    await writeRunLog(api, task, run, steps(1));
    const key = 'configmaps/shop/run-log-u-1-1-0';
    const made = api.objects.get(key);
    if (made === undefined) throw new Error('nothing was made');
    api.objects.set(key, { ...made, metadata: { ...made.metadata, annotations: { note: 'mine' } } });
    await writeRunLog(api, task, run, steps(2));
    expect(api.objects.get(key)?.metadata.annotations).toEqual({ note: 'mine' });
    expect(stepsIn(api, 0)).toHaveLength(2);
  });
});
