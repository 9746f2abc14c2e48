import { parseArgs } from 'node:util';

import { FuzzError } from './errors.ts';

const modes = ['documented', 'original'] as const;

export interface Options {
  /** The ways of answering of the dispatch API that are tried, one after the other. */
  readonly modes: readonly (typeof modes)[number][];
  /** How long each of them is tried at most. */
  readonly seconds: number;
  /** Calls that are made up at random for each operation. */
  readonly examples: number;
  /** Makes the same calls as a run before. A number of up to 128 bits, more than JavaScript counts to. */
  readonly seed: string | undefined;
  readonly help: boolean;
}

export const helpText = `Calls a facade with good and bad data that schemathesis makes from the OpenAPI files, and
checks its answers against them.

  node test/fuzz/main.ts [--mode <mode>] [--seconds <n>] [--examples <n>] [--seed <n>]

  --mode <mode>   documented or original: only this way of answering of the dispatch API (default: both)
  --seconds <n>   how long each of them is tried at most, 10 to 3600 (default 120)
  --examples <n>  calls at random for each operation, 1 to 10000 (default 100); those at the limits come on top
  --seed <n>      a whole number, by which a run can be repeated: each prints its own, as "Seed"
  --help          this text

It starts a control plane and a facade of its own on this machine; no controller runs, so nothing of what is posted is
carried out. What it finds ends the command with 1, after a curl line for each finding.
`;

/** @throws FuzzError BAD_USAGE for arguments that are not understood */
export function parseOptions(args: readonly string[]): Options {
  const { mode, seconds = '120', examples = '100', seed, help } = parse(args);
  const chosen = mode === undefined ? modes : modes.filter((known) => known === mode);
  if (chosen.length === 0) throw badUsage(`--mode ${mode}: give ${modes.join(' or ')}`);
  if (seed !== undefined && !/^\d{1,40}$/.test(seed))
    throw badUsage(`--seed ${seed}: give the number that a run printed`);
  return {
    modes: chosen,
    seconds: whole('seconds', seconds, 10, 3600),
    examples: whole('examples', examples, 1, 10_000),
    seed,
    help,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        mode: { type: 'string' },
        seconds: { type: 'string' },
        examples: { type: 'string' },
        seed: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw badUsage(error instanceof Error ? error.message : String(error));
  }
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most)
    throw badUsage(`--${name} ${text}: give a whole number from ${least} to ${most}`);
  return value;
}

function badUsage(problem: string): FuzzError {
  return new FuzzError('BAD_USAGE', `${problem}. \`node test/fuzz/main.ts --help\` lists the options.`);
}
