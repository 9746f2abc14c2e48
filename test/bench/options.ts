import { parseArgs } from 'node:util';

import { BenchError } from './errors.ts';

export const caseNames = [
  'burst',
  'steady',
  'backlog',
  'idle',
  'agenttask',
  'reads',
  'creates',
  'memory',
  'history',
  'lists',
  'drain',
  'groups',
] as const;
export type CaseName = (typeof caseNames)[number];

export interface Options {
  readonly rounds: number;
  readonly cases: readonly CaseName[];
  readonly quick: boolean;
  /** Of the case groups: so many hosts at most; undefined: as many as usual. */
  readonly hosts: number | undefined;
  readonly help: boolean;
}

export const helpText = `Measures kube/ against a manager written with Go's controller-runtime, an AgentTask against
bare ansible-runner, a ClusterStage against kubectl drain, and the REST facade against the API server
behind it.

  node test/bench/main.ts [--rounds <n>] [--only <case>]... [--hosts <n>] [--quick]

  --rounds <n>    turns of each manager in each case, 1 to 20 (default 3)
  --only <case>   only this case; may be given several times. Cases:
                    burst      2,000 objects created at once
                    steady     20 objects a second for 15 seconds
                    backlog    10,000 objects that wait when the manager starts
                    idle       memory with 10,000 and 30,000 objects in the cache
                    agenttask  an AgentTask against bare ansible-runner
                    reads      /api/check against a read of the same object from kube-apiserver
                    creates    /api/run against a bare create of the same object
                    memory     the facade's memory with 10,000 tasks
                    drain      1,000 nodes emptied by a ClusterStage and by kubectl drain
                    groups     tasks on groups, all at once, on 100, 1,000 and 10,000 hosts: what each host costs
                    history    the recorder's pace and memory, and the size of 100,000 finished tasks on the disk
                    lists      lists and counts of runs, with 1,000 and with 200,000 of them, in SQLite and PostgreSQL
  --hosts <n>     of groups: on so many hosts at most, for example 50000
  --quick         small numbers and one round: shows that everything runs, compares nothing
  --help          this text

Needs Linux and Go. Three rounds of everything take about half an hour. docs/performance.md says how to read the table.
`;

/** @throws BenchError BAD_USAGE for arguments that are not understood. */
export function parseOptions(args: readonly string[]): Options {
  const { only = [], quick, help, rounds, hosts } = parse(args);
  const count = rounds === undefined ? (quick ? 1 : 3) : Number(rounds);
  if (!Number.isInteger(count) || count < 1 || count > 20)
    throw badUsage(`--rounds ${rounds}: give a whole number from 1 to 20`);
  const most = hosts === undefined ? undefined : Number(hosts);
  if (most !== undefined && !(Number.isInteger(most) && most >= 100 && most % 10 === 0))
    throw badUsage(`--hosts ${hosts}: give a number of tens, 100 or more`);
  const unknown = only.find((name) => !caseNames.some((known) => known === name));
  if (unknown !== undefined)
    throw badUsage(`--only ${unknown}: there is no such case; the cases are ${caseNames.join(', ')}`);
  const cases = only.length === 0 ? caseNames : caseNames.filter((name) => only.includes(name));
  return { rounds: count, cases, quick, hosts: most, help };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        rounds: { type: 'string' },
        hosts: { type: 'string' },
        only: { type: 'string', multiple: true },
        quick: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw badUsage(error instanceof Error ? error.message : String(error));
  }
}

function badUsage(problem: string): BenchError {
  return new BenchError('BAD_USAGE', `${problem}. \`node test/bench/main.ts --help\` lists the options.`);
}
