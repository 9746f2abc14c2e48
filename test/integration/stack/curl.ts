import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface CurlAnswer {
  readonly status: number;
  /** As it came over the wire. */
  readonly text: string;
  /** The text as JSON. */
  readonly body: unknown;
}

/** Calls as the document's own samples do: curl, a POST, these headers, this text as the body. */
export async function curl(url: string, headers: readonly string[], body: string): Promise<CurlAnswer> {
  const mark = '\nstatus:';
  const args = [
    '--silent',
    '--show-error',
    '--max-time',
    '60',
    '--noproxy',
    '*',
    '--write-out',
    `${mark}%{http_code}`,
    '-X',
    'POST',
    url,
    ...headers.flatMap((header) => ['-H', header]),
    '--data-binary',
    body,
  ];
  const { stdout } = await run('curl', args, { maxBuffer: 64 * 1024 * 1024 });
  const at = stdout.lastIndexOf(mark);
  const text = stdout.slice(0, at);
  return { status: Number(stdout.slice(at + mark.length)), text, body: JSON.parse(text) };
}
