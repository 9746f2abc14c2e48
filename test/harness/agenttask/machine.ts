import { checkRun } from '../../../controllers/agenttask/executors/check-run.ts';
import { parseContent } from '../../../controllers/agenttask/executors/content.ts';
import {
  RunNotPreparedError,
  RunRemovedError,
  RunStillRunningError,
  StartError,
} from '../../../controllers/agenttask/executors/errors.ts';
import type {
  HostOutcome,
  HostResult,
  RunOutcome,
  RunResults,
  RunSpec,
  RunState,
  StopStage,
} from '../../../controllers/agenttask/executors/executor.ts';
import type { RunStep } from '../../../crds/runlog.ts';
import type { Clock } from '../../../kube/clock.ts';
import { rfc3339 } from '../../../kube/conditions.ts';

/** What a run does once it is started. */
export interface Behaviour {
  /** Seconds until it ends by itself; absent: it never does. */
  readonly lasts?: number;
  readonly outcome?: RunOutcome;
  /** What becomes of each host; `changed` where nothing is said. */
  readonly hosts?: Readonly<Record<string, HostOutcome>>;
  /** The mildest stage of stopping that ends it; interrupt when absent. */
  readonly heeds?: StopStage;
  /** Its supervisor forgets to end it when timeoutSeconds are over. */
  readonly ignoresTimeout?: boolean;
  /** Seconds until its supervisor is killed by somebody else. */
  readonly lostAfter?: number;
  readonly bytesPerSecond?: number;
  /** No supervisor comes up. */
  readonly cannotStart?: boolean;
}

interface Run {
  readonly spec: RunSpec;
  readonly behaviour: Behaviour;
  state: RunState;
}

const firmness = ['interrupt', 'terminate', 'kill'] as const satisfies readonly StopStage[];

/** A machine with a disk on which run folders outlive the controller, and runs that go on without it. */
export class Machine {
  readonly location: string;
  readonly runs = new Map<string, Run>();
  readonly #started = new Set<string>();
  readonly #clock: Clock;
  readonly #behaviourOf: (run: RunSpec) => Behaviour;
  readonly #onStart: (run: RunSpec) => void;
  readonly #onChange: (run: RunSpec, what: string) => void;

  constructor(
    location: string,
    clock: Clock,
    behaviourOf: (run: RunSpec) => Behaviour,
    onStart: (run: RunSpec) => void,
    onChange: (run: RunSpec, what: string) => void,
  ) {
    this.location = location;
    this.#clock = clock;
    this.#behaviourOf = behaviourOf;
    this.#onStart = onStart;
    this.#onChange = onChange;
  }

  get running(): readonly RunSpec[] {
    return [...this.runs.values()].filter(({ state }) => state.state === 'running').map(({ spec }) => spec);
  }

  prepare(spec: RunSpec): void {
    checkRun(spec);
    parseContent(spec.content, spec.variables);
    if (this.runs.has(spec.id)) return;
    if (this.#started.has(spec.id)) throw new RunRemovedError(spec.id);
    this.runs.set(spec.id, { spec, behaviour: this.#behaviourOf(spec), state: { state: 'prepared' } });
  }

  start(id: string): void {
    const run = this.runs.get(id);
    if (run === undefined) throw new RunNotPreparedError(id);
    if (run.state.state !== 'prepared') return;
    if (run.behaviour.cannotStart === true) throw new StartError(id, 'no supervisor came up');
    run.state = { state: 'running', startedAt: this.#clock.now() };
    this.#started.add(id);
    this.#onStart(run.spec);
  }

  stop(id: string, stage: StopStage): void {
    const run = this.runs.get(id);
    if (run?.state.state !== 'running') return;
    const heeded = firmness.indexOf(stage) >= firmness.indexOf(run.behaviour.heeds ?? 'interrupt');
    this.#onChange(run.spec, `gets ${stage}${heeded ? '' : ', and goes on'}`);
    if (heeded) this.#end(run, 'canceled');
  }

  /** Ends a run now as it would have ended by itself. */
  finish(id: string): void {
    const run = this.runs.get(id);
    if (run !== undefined) this.#end(run, run.behaviour.outcome ?? 'successful');
  }

  remove(id: string): void {
    if (this.runs.get(id)?.state.state === 'running') throw new RunStillRunningError(id);
    this.runs.delete(id);
  }

  inspect(id: string): RunState {
    return this.runs.get(id)?.state ?? { state: 'absent' };
  }

  results(id: string): RunResults {
    const run = this.runs.get(id);
    return { hosts: run === undefined ? [] : run.spec.hosts.map((host) => resultOf(host, run)) };
  }

  /** One for each host. */
  steps(id: string): readonly RunStep[] {
    const run = this.runs.get(id);
    if (run === undefined || !('startedAt' in run.state)) return [];
    const start = rfc3339(run.state.startedAt);
    const end = run.state.state === 'finished' ? rfc3339(run.state.finishedAt) : '';
    return run.spec.hosts.map((name): RunStep => {
      const { result } = resultOf(name, run);
      const step = { host: name, name: 'greet', action: 'ansible.builtin.ping', start };
      // What an interrupted run was doing stays begun for ever.
      return result === 'notRun' ? { ...step, end: '', result: 'running' } : { ...step, end, result };
    });
  }

  outputBytes(id: string): number {
    const run = this.runs.get(id);
    if (run === undefined || !('startedAt' in run.state)) return 0;
    const until = run.state.state === 'finished' ? run.state.finishedAt : this.#clock.now();
    return Math.round(((run.behaviour.bytesPerSecond ?? 0) * (until.getTime() - run.state.startedAt.getTime())) / 1000);
  }

  /** When (a time of Date) the next run ends or gets lost by itself. */
  nextChange(): number | undefined {
    const times = [...this.runs.values()].flatMap((run) => changesOf(run).map(({ at }) => at));
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Lets happen what is due. */
  goOn(): void {
    for (const run of this.runs.values()) {
      const [due] = changesOf(run).toSorted((a, b) => a.at - b.at);
      if (due === undefined || due.at > this.#clock.now().getTime()) continue;
      if (due.outcome === 'lost') this.#lose(run);
      else this.#end(run, due.outcome);
    }
  }

  #end(run: Run, outcome: RunOutcome): void {
    if (run.state.state !== 'running') return;
    const { startedAt } = run.state;
    run.state = {
      state: 'finished',
      outcome,
      exitCode: outcome === 'successful' ? 0 : 2,
      startedAt,
      finishedAt: this.#clock.now(),
    };
    this.#onChange(run.spec, `ends: ${outcome}`);
  }

  #lose(run: Run): void {
    if (run.state.state !== 'running') return;
    run.state = { state: 'lost', startedAt: run.state.startedAt, message: 'its supervisor is gone' };
    this.#onChange(run.spec, 'loses its supervisor');
  }
}

function changesOf({
  state,
  spec,
  behaviour,
}: Run): readonly { readonly at: number; readonly outcome: RunOutcome | 'lost' }[] {
  if (state.state !== 'running') return [];
  const { lasts, outcome = 'successful', ignoresTimeout, lostAfter } = behaviour;
  const changes = [
    { after: lasts, outcome },
    { after: ignoresTimeout === true ? undefined : spec.timeoutSeconds, outcome: 'timeout' as const },
    { after: lostAfter, outcome: 'lost' as const },
  ];
  return changes.flatMap((change) =>
    change.after === undefined
      ? []
      : [{ at: state.startedAt.getTime() + change.after * 1000, outcome: change.outcome }],
  );
}

function resultOf(name: string, { state, behaviour }: Run): HostResult {
  const reached = state.state === 'finished' && state.outcome !== 'canceled' && state.outcome !== 'timeout';
  const result = behaviour.hosts?.[name] ?? (reached ? 'changed' : 'notRun');
  const count = (...of: readonly HostOutcome[]): number => (of.includes(result) ? 1 : 0);
  const counts = {
    ok: count('ok', 'changed'),
    changed: count('changed'),
    failed: count('failed'),
    skipped: count('skipped'),
    unreachable: count('unreachable'),
  };
  return result === 'failed' || result === 'unreachable'
    ? { name, result, counts, message: `${result}, as told` }
    : { name, result, counts };
}
