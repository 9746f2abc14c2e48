import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

import { ownProgram } from '../cluster/binaries/own-program.ts';

/** What a tool says of an object. */
export interface Verdict {
  readonly status: string;
  readonly message: string;
}

interface Answer {
  readonly kstatus?: Verdict;
  readonly health?: Verdict;
  readonly error?: string;
}

/** The path of the program, which is built when it is not there yet. @throws what ownProgram throws */
export function assessorProgram(): Promise<string> {
  const sources = join(import.meta.dirname, 'assess');
  const title = 'the reader of kstatus and Argo CD health';
  return ownProgram({ name: 'assess', sources, title }, (line) => console.log(line));
}

/** kstatus, and Argo CD's way with health scripts, as programs in Go have them. */
export class Assessor {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #answers: AsyncIterator<string>;
  /** Answers come in the order of the questions. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(path: string) {
    this.#child = spawn(path, [], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Builds the program when it is not there yet. */
  static async open(): Promise<Assessor> {
    return new Assessor(await assessorProgram());
  }

  /** What kstatus says: InProgress, Current, Failed or Terminating. */
  async kstatus(object: object): Promise<Verdict> {
    return given((await this.#ask({ object })).kstatus);
  }

  /** What a health.lua says. @throws Error with what Argo CD would complain of */
  async health(object: object, script: string): Promise<Verdict> {
    return given((await this.#ask({ object, script })).health);
  }

  async close(): Promise<void> {
    const ended = once(this.#child, 'close');
    this.#child.stdin.end();
    await ended;
  }

  async #ask(question: object): Promise<Answer> {
    const answer = this.#last.then(async () => {
      this.#child.stdin.write(`${JSON.stringify(question)}\n`);
      const { done, value } = await this.#answers.next();
      if (done === true) throw new Error('the reader of kstatus and Argo CD health has ended');
      const answered: Answer = JSON.parse(value);
      return answered;
    });
    this.#last = answer.catch(() => undefined);
    const { error, ...said } = await answer;
    if (error !== undefined) throw new Error(error);
    return said;
  }
}

function given(verdict: Verdict | undefined): Verdict {
  if (verdict === undefined) throw new Error('the reader answered something else than it was asked');
  return verdict;
}
