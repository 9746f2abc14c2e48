import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Executor } from '../../../../controllers/agenttask/executors/executor.ts';
import { openLocalExecutor } from '../../../../controllers/agenttask/executors/local.ts';
import type { Behaviour } from '../../../harness/agenttask/machine.ts';
import { PlayedMachine } from '../../../harness/agenttask/played-machine.ts';
import type { Steps } from '../../../harness/steps.ts';

/** What content does beside leaving a trace of itself on its host. */
export interface Deed {
  /** In a shell, where Ansible runs it. */
  readonly shell: string;
  /** The same, where a machine plays it. */
  readonly played: (host: string) => Behaviour;
}

/** By whom content is run, for one world. It outlives the controllers. */
export interface Runs {
  readonly content: string;
  /** A controller's hands on it. */
  open(): Promise<Executor>;
  /** Each host once for each time that the content was run on it. */
  traces(): Promise<readonly string[]>;
  /** Ids of the runs that something is left of. */
  left(): Promise<readonly string[]>;
  /** Lets content end that waits for it. */
  letGo(): Promise<void>;
  close(): void;
}

/** A controller's hands on runs. @param steps each of its calls that changes something is one of them */
export async function openRuns(runs: Runs, steps?: Steps): Promise<Executor> {
  const executor = await runs.open();
  const changing = ['prepare', 'start', 'requestStop', 'remove'] as const;
  const looking = ['inspect', 'results', 'steps', 'outputBytes', 'list'] as const;
  return steps?.driver(executor, 'executor', changing, looking) ?? executor;
}

/** Ansible on this machine, with its files in this folder. */
export function ansibleRuns(folder: string, { shell }: Deed): Runs {
  const [traces, stateFolder, go] = ['traces', 'runs', 'go'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  return {
    content: `- hosts: all
  connection: local
  gather_facts: false
  vars: { ansible_python_interpreter: "{{ ansible_playbook_python }}", go: ${go} }
  tasks:
    - ansible.builtin.raw: echo "{{ inventory_hostname }}" >> ${traces}; ${shell}
`,
    open: () => openLocalExecutor({ stateFolder }),
    async traces() {
      const text = await readFile(traces, 'utf8').catch(() => '');
      return text.split('\n').filter((line) => line !== '');
    },
    async left() {
      return (await readdir(stateFolder)).filter((name) => !name.startsWith('.'));
    },
    letGo: () => writeFile(go, ''),
    close: () => undefined,
  };
}

/** A machine that only says what content does. */
export function playedRuns(_folder: string, { played }: Deed): Runs {
  const machine = new PlayedMachine(played);
  return {
    content: '- ansible.builtin.ping:\n',
    open: async () => machine.open(),
    traces: async () => [...machine.traces],
    left: async () => machine.left,
    letGo: async () => machine.letGo(),
    close: () => machine.close(),
  };
}
