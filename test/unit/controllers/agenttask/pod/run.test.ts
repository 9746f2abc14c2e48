import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  ContentError,
  ContentPathError,
  InvalidRunError,
} from '../../../../../controllers/agenttask/executors/errors.ts';
import type {
  Executor,
  RunResults,
  RunSpec,
  RunState,
  StopStage,
} from '../../../../../controllers/agenttask/executors/executor.ts';
import { LogOutput } from '../../../../../controllers/agenttask/pod/output.ts';
import { PodRun } from '../../../../../controllers/agenttask/pod/run.ts';
import { causeOfError } from '../../../../../controllers/agenttask/pod/verdict.ts';
import { AnsibleMissingError } from '../../../../../controllers/agenttask/runner/environment.ts';
import { silent } from '../../../kube/silent.ts';

const startedAt = new Date('2026-03-01T10:00:00Z');
const finishedAt = new Date('2026-03-01T10:05:00Z');
const counts = { ok: 1, changed: 1, failed: 0, skipped: 0, unreachable: 0 };

/** One run whose state the test sets. */
class FakeExecutor implements Executor {
  readonly location = 'pod';
  state: RunState = { state: 'absent' };
  bytes = 0;
  found: RunResults = {
    hosts: [
      { name: 'web-1', result: 'changed', counts },
      { name: 'web-2', result: 'changed', counts },
    ],
  };
  prepared: RunSpec | undefined;
  readonly stops: StopStage[] = [];
  /** What a stop does to the run. */
  onStop: (stage: StopStage) => void = () => {};
  onPrepare: () => void = () => {};
  onWatch: () => void = () => {};
  #tell: () => void = () => {};

  end(state: RunState): void {
    this.state = state;
    this.#tell();
  }

  async prepare(run: RunSpec): Promise<void> {
    this.onPrepare();
    this.prepared = run;
    this.state = { state: 'prepared' };
  }
  async start(): Promise<void> {
    this.state = { state: 'running', startedAt };
  }
  async inspect(): Promise<RunState> {
    return this.state;
  }
  async requestStop(_id: string, stage: StopStage): Promise<void> {
    this.stops.push(stage);
    this.onStop(stage);
  }
  async results(): Promise<RunResults> {
    return this.found;
  }
  async steps(): Promise<readonly []> {
    return [];
  }
  isHeld(): boolean {
    return false;
  }
  async release(): Promise<void> {}
  async remove(): Promise<void> {}
  watch(onChange: (id: string) => void): { close(): void } {
    this.onWatch();
    this.#tell = () => onChange('run-1');
    return { close: () => (this.#tell = () => {}) };
  }
  async outputBytes(): Promise<number> {
    return this.bytes;
  }
  async list(): Promise<string[]> {
    return [];
  }
}

const successful = { state: 'finished', outcome: 'successful', exitCode: 0, startedAt, finishedAt } as const;
const canceled = {
  state: 'finished',
  outcome: 'canceled',
  exitCode: 254,
  startedAt,
  finishedAt,
  message: 'The run was stopped before its end.',
} as const;

describe('PodRun', () => {
  let folder: string;
  let executor: FakeExecutor;
  let stop: AbortController;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fleetwright-pod-'));
    const run = {
      id: 'run-1',
      hosts: ['web-1', 'web-2'],
      content: '- ping:\n',
      user: 'root',
      variables: {},
      forks: 5,
      timeoutSeconds: 60,
      hostKeyChecking: true,
    };
    await writeFile(
      join(folder, 'run.json'),
      JSON.stringify({ version: 1, run, shardSize: 100, maxOutputBytes: 1000 }),
    );
    executor = new FakeExecutor();
    stop = new AbortController();
  });
  afterEach(async () => {
    vi.useRealTimers();
    await rm(folder, { recursive: true, force: true });
  });

  function podRun(openExecutor = async (): Promise<Executor> => executor): PodRun {
    const config = {
      runFileFolder: folder,
      credentialsFolder: join(folder, 'none'),
      workFolder: join(folder, 'work'),
      index: 0,
      contentPath: undefined,
    };
    return new PodRun({
      config,
      openExecutor,
      output: new LogOutput(new PassThrough().resume()),
      log: silent,
      clock: { now: () => finishedAt },
      stop: stop.signal,
    });
  }

  async function running(): Promise<void> {
    await vi.waitFor(() => expect(executor.state.state).toBe('running'), { timeout: 30_000 });
  }

  test('runs to the end, and tells it with the results', async () => {
    const result = podRun().carryOut();
    await running();
    executor.end(successful);
    expect(await result).toEqual({
      version: 1,
      outcome: 'successful',
      exitCode: 0,
      startedAt: startedAt.getTime(),
      finishedAt: finishedAt.getTime(),
      hosts: [
        ['changed', 1, 1, 0, 0, 0],
        ['changed', 1, 1, 0, 0, 0],
      ],
    });
    expect(executor.stops).toEqual([]);
  });

  test('sees the end also where the machine has no watches left', async () => {
    executor.onWatch = () => {
      throw Object.assign(new Error('ENOSPC: System limit for number of file watchers reached'), { code: 'ENOSPC' });
    };
    const result = podRun().carryOut();
    await running();
    executor.state = successful;
    expect((await result).outcome).toBe('successful');
  });

  test('stops harder and harder: at once, after 12 and after 20 seconds', async () => {
    const result = podRun().carryOut();
    await running();
    vi.useFakeTimers();
    stop.abort();
    await vi.advanceTimersByTimeAsync(11_999);
    expect(executor.stops).toEqual(['interrupt']);
    await vi.advanceTimersByTimeAsync(1);
    expect(executor.stops).toEqual(['interrupt', 'terminate']);
    await vi.advanceTimersByTimeAsync(7999);
    expect(executor.stops).toEqual(['interrupt', 'terminate']);
    executor.onStop = () => executor.end(canceled);
    await vi.advanceTimersByTimeAsync(1);
    expect(executor.stops).toEqual(['interrupt', 'terminate', 'kill']);
    expect(await result).toMatchObject({ outcome: 'canceled', message: 'The run was stopped before its end.' });
    expect(await result).not.toHaveProperty('cause');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a run that ended well before the stop reached it keeps its end, and gets no further stage', async () => {
    const result = podRun().carryOut();
    await running();
    executor.onStop = () => executor.end(successful);
    stop.abort();
    expect(await result).toMatchObject({ outcome: 'successful', exitCode: 0 });
    expect(executor.stops).toEqual(['interrupt']);
  });

  test('a stop that cannot be carried out is no end of the run: the next stage follows', async () => {
    const result = podRun().carryOut();
    await running();
    vi.useFakeTimers();
    executor.onStop = (stage) => {
      if (stage === 'interrupt') throw new Error('no');
      executor.end({ state: 'lost', startedAt, message: 'It was killed.' });
    };
    stop.abort();
    await vi.advanceTimersByTimeAsync(12_000);
    expect(await result).toMatchObject({ outcome: 'canceled', message: 'It was killed.' });
  });

  test('a stop before the start: nothing is started', async () => {
    executor.onPrepare = () => stop.abort();
    expect(await podRun().carryOut()).toMatchObject({
      outcome: 'canceled',
      message: 'The run was stopped before it began.',
      hosts: [
        ['notRun', 0, 0, 0, 0, 0],
        ['notRun', 0, 0, 0, 0, 0],
      ],
    });
    expect(executor.state.state).toBe('prepared');
  });

  test('a run that does not end when it is stopped leaves hosts of which nothing is known', async () => {
    const run = podRun();
    expect(run.cutOff()).toMatchObject({ outcome: 'canceled', message: 'The run was stopped before it began.' });
    const result = run.carryOut();
    await running();
    const unknown = [
      'failed',
      0,
      0,
      1,
      0,
      0,
      'The run did not end when it was stopped; what it did here is not known.',
    ];
    expect(run.cutOff()).toMatchObject({
      outcome: 'canceled',
      message: 'The run was stopped, but did not end in time.',
      hosts: [unknown, unknown],
    });
    executor.end(canceled);
    await result;
  });

  test('a run that writes too much is stopped, and that is the cause, unless it ends well all the same', async () => {
    for (const end of [canceled, successful]) {
      executor = new FakeExecutor();
      executor.bytes = 1001;
      executor.onStop = () => executor.end(end);
      const result = await podRun().carryOut();
      expect(result.outcome).toBe(end.outcome);
      expect(result.cause).toEqual(
        end === canceled
          ? {
              reason: 'OutputTooLarge',
              message: 'the run wrote more than 1000 bytes and was stopped; let it print less',
            }
          : undefined,
      );
    }
  });

  test('a lost run is an error that is not repeated', async () => {
    const result = podRun().carryOut();
    await running();
    executor.end({ state: 'lost', startedAt, message: 'It was killed.' });
    expect(await result).toMatchObject({
      outcome: 'error',
      cause: { reason: 'RunLost', message: 'the run ended without a result, and is not repeated: It was killed.' },
    });
  });

  test('files that vanish during the run end it as an error, with hosts of which nothing is known', async () => {
    const result = podRun().carryOut();
    await running();
    executor.end({ state: 'absent' });
    const { outcome, cause, hosts } = await result;
    expect({ outcome, reason: cause?.reason, hosts: hosts.map(([host]) => host) }).toEqual({
      outcome: 'error',
      reason: 'RunnerError',
      hosts: ['failed', 'failed'],
    });
  });

  test('what keeps the run from beginning is its cause, and no host was touched', async () => {
    const result = await podRun(async () => {
      throw new AnsibleMissingError('Ansible is not installed.');
    }).carryOut();
    expect(result).toMatchObject({
      outcome: 'error',
      exitCode: 254,
      cause: { reason: 'AnsibleMissing' },
      hosts: [
        ['notRun', 0, 0, 0, 0, 0],
        ['notRun', 0, 0, 0, 0, 0],
      ],
    });
  });
});

describe('causeOfError', () => {
  test.each([
    [new ContentError('content, line 2, column 1: no', 2, 1), 'ContentInvalid', 'content, line 2, column 1: no'],
    [new InvalidRunError('hosts', 'hosts: no'), 'SpecInvalid', 'hosts: no'],
    [
      new ContentPathError('/content is not a folder.'),
      'ContentPathInvalid',
      '--content-path (FLEETWRIGHT_CONTENT_PATH): /content is not a folder.',
    ],
    [
      new AnsibleMissingError('It is not there.'),
      'AnsibleMissing',
      'the image has no Ansible for Fleetwright; use the runner image, or one that was made from it: It is not there.',
    ],
    [
      new Error('EACCES:\npermission denied'),
      'RunnerError',
      'the program in the pod could not work: EACCES: permission denied',
    ],
    ['text', 'RunnerError', 'text'],
  ])('%s', (error, reason, message) => {
    expect(causeOfError(error)).toEqual({ reason, message });
  });
});
