const endOfHead = Buffer.from('\r\n\r\n');
const endOfLine = Buffer.from('\r\n');
/** An answer that is not one must not fill the memory. */
const maxHead = 65_536;

/** Takes a whole answer: its HTTP status, and its text with the head. */
export interface OnAnswer {
  (status: number, text: () => string): void;
}

/**
 * Finds where the answers on a keep-alive HTTP/1.1 connection end, and does nothing else with them: a load generator
 * that parses more needs as much processor time as the server that it measures. It knows Content-Length and chunks,
 * which is what our servers send.
 */
export class AnswerReader {
  readonly #onAnswer: OnAnswer;
  #pending: Buffer = Buffer.alloc(0);

  constructor(onAnswer: OnAnswer) {
    this.#onAnswer = onAnswer;
  }

  /** @throws Error for what is no answer */
  push(chunk: Buffer): void {
    let data = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    for (let length = lengthOf(data); length !== undefined; length = lengthOf(data)) {
      const answer = data.subarray(0, length);
      data = data.subarray(length);
      this.#onAnswer(statusOf(answer), () => answer.toString('utf8'));
    }
    this.#pending = data;
  }
}

/** `HTTP/1.1 200 OK`: the three digits. */
function statusOf(answer: Buffer): number {
  return Number(answer.toString('latin1', 9, 12));
}

/** @returns how long the first answer is, undefined while some of it is still to come. */
function lengthOf(data: Buffer): number | undefined {
  const headEnd = data.indexOf(endOfHead);
  if (headEnd < 0) {
    if (data.length > maxHead) throw new Error(`not an HTTP answer: ${data.toString('latin1', 0, 100)}`);
    return undefined;
  }
  const bodyStart = headEnd + endOfHead.length;
  const head = data.toString('latin1', 0, headEnd).toLowerCase();
  const length = /\r\ncontent-length: *(\d+)/.exec(head)?.[1];
  if (length !== undefined) {
    const end = bodyStart + Number(length);
    return end <= data.length ? end : undefined;
  }
  if (!/\r\ntransfer-encoding: *chunked/.test(head))
    throw new Error(`an answer without a length: ${head.slice(0, 200)}`);
  return endOfChunks(data, bodyStart);
}

function endOfChunks(data: Buffer, start: number): number | undefined {
  for (let position = start; ;) {
    const lineEnd = data.indexOf(endOfLine, position);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(data.toString('latin1', position, lineEnd), 16);
    // After the data of each chunk, and after the empty one that ends them, comes a line end.
    position = lineEnd + endOfLine.length + size + endOfLine.length;
    if (position > data.length) return undefined;
    if (size === 0) return position;
  }
}
