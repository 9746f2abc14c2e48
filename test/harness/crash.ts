import type { Client } from '../../kube/client.ts';
import { Steps, type Moment } from './steps.ts';
import { droppingEvents, FirstLists, lagging } from './views.ts';

/** A controller under test. `stop` ends it as its process's end would: nothing of it acts afterwards. */
export interface Running {
  stop(): Promise<void>;
}

/** What a controller's suite gives to the harness. W is what belongs to one run: a namespace, folders, names. */
export interface Scenario<W> {
  /** A fresh world in which nothing has happened, with the objects that ask for the operation. */
  begin(): Promise<W>;
  /** Starts the controller in this world. All it does must go through `client` and drivers wrapped by `steps`. */
  start(world: W, client: Client, steps: Steps): Promise<Running>;
  /** Resolves when the operation has come to its end. It may act as the user on the way: stop it, delete it. */
  finished(world: W): Promise<void>;
  /** Throws when an invariant does not hold: each side effect once, nothing left behind. */
  check(world: W): Promise<void>;
  end(world: W): Promise<void>;
}

export interface HarnessOptions {
  /** The real client. */
  readonly client: Client;
  /** Worlds under way at once. */
  readonly parallel?: number;
  /**
   * When it dies at a step, both unless stated. Before a step is after the one before it, so a scenario that takes long
   * may do with `after`.
   */
  readonly moments?: readonly Moment[];
  /** Names of the steps at which it dies, all unless stated. Of a step that is taken several times it is the first. */
  readonly only?: readonly string[] | undefined;
  /** Name of the step from whose first time on it dies: what comes before is what another scenario began with too. */
  readonly from?: string | undefined;
}

/**
 * Lets the controller die at each of its steps, before and after it took effect, starts it anew, and checks the world
 * at the end.
 * @returns the names of the steps of an undisturbed run
 */
export async function crashAtEveryStep<W>(scenario: Scenario<W>, options: HarnessOptions): Promise<readonly string[]> {
  const steps = await undisturbed(scenario, options.client);
  const { moments = ['before', 'after'] } = options;
  const cases = numbersOf(steps, options).flatMap((step) => moments.map((moment) => ({ step, moment })));
  await inParallel(cases, options.parallel ?? 3, async ({ step, moment }) => {
    await named(`crash ${moment} step ${step} (${steps[step - 1]})`, () =>
      crashOnce(scenario, options.client, step, moment),
    );
  });
  return steps;
}

/**
 * The same with a restarted controller that is shown the past first, and late: decisions on a stale view must do
 * nothing twice.
 * @returns as `crashAtEveryStep`
 */
export async function crashIntoThePast<W>(scenario: Scenario<W>, options: HarnessOptions): Promise<readonly string[]> {
  const steps = await undisturbed(scenario, options.client);
  await inParallel(numbersOf(steps, options), options.parallel ?? 3, async (step) => {
    const past = new FirstLists();
    await named(`crash after step ${step} (${steps[step - 1]}), then a stale view`, () =>
      crashOnce(scenario, past.recorder(options.client), step, 'after', past.timeTravel(options.client, 300)),
    );
  });
  return steps;
}

/**
 * Drops each event in turn (with what follows shortly after), until a run has no event of that number.
 * @returns how many were dropped
 */
export async function dropEveryEvent<W>(scenario: Scenario<W>, options: HarnessOptions): Promise<number> {
  const width = options.parallel ?? 3;
  for (let first = 1; ; first += width) {
    const numbers = Array.from({ length: width }, (_, index) => first + index);
    const seen = await Promise.all(
      numbers.map(async (n) => {
        const { client, dropped } = droppingEvents(options.client, n);
        await named(`event ${n} dropped`, () => runOnce(scenario, client));
        return dropped();
      }),
    );
    const none = seen.indexOf(false);
    if (none >= 0) return first + none - 1;
  }
}

/** One run with a cache that always lags behind. @returns the names of its steps */
export async function withLaggingCache<W>(
  scenario: Scenario<W>,
  options: HarnessOptions,
  milliseconds: number,
): Promise<readonly string[]> {
  return named(`cache ${milliseconds} ms late`, () => runOnce(scenario, lagging(options.client, milliseconds)));
}

/** @throws Error when one of the named steps is not taken: nothing would be shown */
function numbersOf(steps: readonly string[], { only = [], from }: HarnessOptions): readonly number[] {
  const wanted = [...only, ...(from === undefined ? [] : [from])];
  const missing = wanted.filter((name) => !steps.includes(name));
  if (missing.length > 0) throw new Error(`no step ${missing.join(', ')} among ${steps.join(', ')}`);
  const first = from === undefined ? 0 : steps.indexOf(from);
  const all = steps.map((_, index) => index + 1).slice(first);
  return only.length === 0 ? all : only.map((name) => steps.indexOf(name) + 1);
}

async function undisturbed<W>(scenario: Scenario<W>, client: Client): Promise<readonly string[]> {
  return named('undisturbed run', () => runOnce(scenario, client));
}

async function runOnce<W>(scenario: Scenario<W>, client: Client): Promise<readonly string[]> {
  const world = await scenario.begin();
  const steps = new Steps();
  const running = await scenario.start(world, steps.client(client), steps);
  try {
    await scenario.finished(world);
    await scenario.check(world);
  } finally {
    await running.stop();
    await scenario.end(world);
  }
  return steps.taken;
}

async function crashOnce<W>(
  scenario: Scenario<W>,
  client: Client,
  step: number,
  moment: Moment,
  clientAfterwards = client,
): Promise<void> {
  const world = await scenario.begin();
  const doomed = new Steps({ step, moment });
  const first = await scenario.start(world, doomed.client(client), doomed);
  const finished = scenario.finished(world);
  // Its failure is awaited below; until then it must not end the process.
  finished.catch(() => undefined);
  // Timing decides whether a run has as many steps as the undisturbed one had; without a crash it is simply one more
  // good run.
  await Promise.race([doomed.crashed, finished]);
  await first.stop();
  const steps = new Steps();
  const second = await scenario.start(world, steps.client(clientAfterwards), steps);
  try {
    await finished;
    await scenario.check(world);
  } finally {
    await second.stop();
    await scenario.end(world);
  }
}

async function named<R>(what: string, run: () => Promise<R>): Promise<R> {
  try {
    return await run();
  } catch (error) {
    throw new Error(`${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

async function inParallel<C>(cases: readonly C[], width: number, each: (item: C) => Promise<void>): Promise<void> {
  const waiting = [...cases];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await each(next);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
