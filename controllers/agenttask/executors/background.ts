import type { RunStep } from '../../../crds/runlog.ts';
import { isObject, numberField, parseObject, textField } from './json.ts';
import { plainLine } from './plain-text.ts';
import { readOptional } from './run-folder.ts';
import type { RunPaths } from './run-folder.ts';
import type { StepFold } from './steps.ts';

/** A process that a task of the run left on the machine of the run, and that was killed when the run ended. */
interface BackgroundProcess {
  /** As the kernel calls it: no arguments, at most 15 characters. */
  readonly name: string;
  /** When it began, milliseconds since the epoch. */
  readonly at: number;
}

/**
 * The steps, of which those say so that left a process in the background. Which step that was is told by the time at
 * which the process began: of several at that time, each says it.
 */
export async function withBackground(fold: StepFold, paths: RunPaths): Promise<readonly RunStep[]> {
  const steps = fold.steps();
  const names = new Map<number, Set<string>>();
  for (const { name, at } of await readBackground(paths)) {
    for (const place of onThisMachine(steps, fold.during(at))) {
      names.set(place, (names.get(place) ?? new Set()).add(name));
    }
  }
  return steps.map((step, place) => {
    const left = names.get(place);
    return left === undefined ? step : { ...step, message: said(step.message, [...left]) };
  });
}

/**
 * Processes of other machines cannot be among them, but a step does not tell where it ran, unless its host is this
 * machine.
 */
function onThisMachine(steps: readonly RunStep[], places: readonly number[]): readonly number[] {
  const able = places.filter((place) => steps[place]?.result !== 'skipped');
  const here = able.filter((place) => steps[place]?.host === 'localhost');
  return here.length > 0 ? here : able;
}

/** Longest message of a step, in UTF-16 units. */
const MESSAGE_LIMIT = 1024;

function said(message: string | undefined, names: readonly string[]): string {
  const some = names.slice(0, 10).join(', ');
  const note = `left in the background on the machine of the run and killed at its end: ${some}`;
  return message === undefined ? note : `${message.slice(0, MESSAGE_LIMIT - note.length - 2).toWellFormed()}; ${note}`;
}

async function readBackground(paths: RunPaths): Promise<readonly BackgroundProcess[]> {
  const text = await readOptional(paths.exited);
  const found: unknown = text === undefined ? undefined : parseObject(text)?.['background'];
  if (!Array.isArray(found)) return [];
  return found
    .filter(isObject)
    .map((process) => ({ name: plainLine(textField(process, 'name') ?? ''), at: numberField(process, 'at') }));
}
