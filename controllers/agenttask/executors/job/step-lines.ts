import type { RunStep } from '../../../../crds/runlog.ts';
import { isObject, parseObject, textField, type JsonObject } from '../json.ts';
import { plainLine } from '../plain-text.ts';
import type { StepLine } from './contract.ts';

/** Longest line, in bytes; of a longer one nothing is taken. */
const lineLimit = 16_384;
/** Highest number of a step, from 0. */
const stepLimit = 50_000;
const nameLimit = 256;
const messageLimit = 1024;
const newline = 0x0a;

const results = [
  'running',
  'ok',
  'changed',
  'skipped',
  'failed',
  'unreachable',
  'asyncFailed',
] as const satisfies readonly RunStep['result'][];
const time = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$/;

/**
 * A step in a line of a pod's log; undefined for what is for people, and for what is not as it should be: content may
 * print what it likes.
 */
export function parseStepLine(line: string): StepLine | undefined {
  if (!line.startsWith('{')) return undefined;
  const object = parseObject(line) ?? {};
  const { step, is: told } = object;
  if (typeof step !== 'number' || !Number.isInteger(step) || step < 0 || step >= stepLimit || !isObject(told))
    return undefined;
  const is = stepFrom(told);
  return is === undefined ? undefined : { step, is };
}

function stepFrom(told: JsonObject): RunStep | undefined {
  const [host = '', name, action, start, end] = ['host', 'name', 'action', 'start', 'end'].map((field) =>
    textField(told, field),
  );
  const result = results.find((known) => known === told['result']);
  const message = textField(told, 'message');
  if (
    host === '' ||
    name === undefined ||
    action === undefined ||
    !isTime(start) ||
    !isTime(end) ||
    result === undefined
  )
    return undefined;
  return {
    host: plainLine(host, nameLimit),
    name: plainLine(name, nameLimit),
    action: plainLine(action, nameLimit),
    start,
    end,
    result,
    ...(told['ignored'] === true ? { ignored: true } : {}),
    ...(message === undefined ? {} : { message: plainLine(message, messageLimit) }),
  };
}

function isTime(text: string | undefined): text is string {
  return text === '' || (text !== undefined && time.test(text));
}

/** Cuts a stream into lines. Chunks end anywhere, also within a character; a line that is too long is left out. */
export class LineReader {
  readonly #onLine: (line: string) => void;
  #rest: Buffer[] = [];
  #length = 0;
  #tooLong = false;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      this.#keep(chunk.subarray(start, end));
      this.#finish();
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
  }

  #keep(piece: Buffer): void {
    this.#length += piece.length;
    if (this.#length > lineLimit) {
      this.#tooLong = true;
      this.#rest = [];
    }
    if (piece.length > 0 && !this.#tooLong) this.#rest.push(piece);
  }

  #finish(): void {
    if (!this.#tooLong && this.#length > 0) this.#onLine(Buffer.concat(this.#rest).toString('utf8'));
    this.#rest = [];
    this.#length = 0;
    this.#tooLong = false;
  }
}
