import { createHash } from 'node:crypto';
import { runInNewContext } from 'node:vm';

import { beforeEach, expect, test } from 'vitest';

import { jobxSite, type JobxSite } from './site.ts';

const url = '/slave/any/log/AbCdEfGhIj1k';

let site: JobxSite;
let page: string;
beforeEach(async () => {
  site = await jobxSite();
  ({ text: page } = await site.call('GET', url, undefined, { accept: 'text/html' }));
});

/** What stands between the tags of this name. */
function between(tag: string): string {
  return new RegExp(`<${tag}>(.*)</${tag}>`, 's').exec(page)?.[1] ?? '';
}

interface Line {
  className: string;
  textContent: string;
  scrollIntoView(): void;
}

/** Runs the script of the page, types appname and appkey in, and sends them. @param answered what the server says */
async function shown(answered: Response): Promise<{
  readonly lines: readonly Line[];
  readonly said: string;
  readonly asked: readonly unknown[];
}> {
  const lines: Line[] = [];
  const asked: unknown[] = [];
  let send: ((event: object) => Promise<void>) | undefined;
  const elements = {
    form: { hidden: false, addEventListener: (_: string, listener: typeof send) => (send = listener) },
    pre: { textContent: '', append: (line: Line) => lines.push(line) },
    output: { textContent: '' },
  };
  runInNewContext(between('script'), {
    document: {
      querySelector: (name: keyof typeof elements) => elements[name],
      createElement: (): Line => ({ className: '', textContent: '', scrollIntoView: () => undefined }),
    },
    location: { pathname: url },
    fetch: async (...call: readonly unknown[]) => {
      asked.push(...call);
      return answered;
    },
    FormData: class extends Map<string, string> {
      constructor() {
        super([
          ['appname', 'flow'],
          ['appkey', 'key'],
        ]);
      }
    },
    TextDecoderStream,
  });
  await send?.({ preventDefault: () => undefined });
  return { lines, said: elements.output.textContent, asked };
}

test('the script and the style of the page are those that its policy allows', async () => {
  const { headers } = await site.inject(url, { accept: 'text/html' });
  const policy = String(headers['content-security-policy']);
  for (const tag of ['script', 'style']) {
    const hash = createHash('sha256').update(between(tag)).digest('base64');
    expect(policy).toContain(`${tag}-src 'sha256-${hash}'`);
  }
  expect(page).not.toMatch(/https?:|src=|href=/);
});

test('the page asks for the stream with what was typed in, and shows each line and the end', async () => {
  const events = [
    ': a line for each step',
    'data: 2026-01-15 10:00:02 node1 changed install',
    ':',
    'data: 2026-01-15 10:00:03 node2 failed install: it does not start',
    'event: end\ndata: fail',
  ];
  const answered = new Response(events.map((event) => `${event}\n\n`).join(''), {
    headers: { 'content-type': 'text/event-stream' },
  });
  const { lines, said, asked } = await shown(answered);
  expect(asked[0]).toBe(`${url}/stream`);
  expect(JSON.parse(JSON.stringify(asked[1]))).toEqual({ headers: { appname: 'flow', appkey: 'key' } });
  expect(lines.map(({ className, textContent }) => [className, textContent])).toEqual([
    ['changed', '2026-01-15 10:00:02 node1 changed install\n'],
    ['failed', '2026-01-15 10:00:03 node2 failed install: it does not start\n'],
  ]);
  expect(said).toBe('The task has ended: fail');
});

test.each([
  [{ stat: false, info: 'denied: no' }, 'The log cannot be shown: denied: no'],
  [{ stat: false, code: 10_000 }, 'The log cannot be shown: appname and appkey are not valid'],
])('the page says why it shows nothing: %j', async (body, expected) => {
  const answered = new Response(JSON.stringify(body), { headers: { 'content-type': 'application/json' } });
  const { lines, said } = await shown(answered);
  expect(lines).toEqual([]);
  expect(said).toBe(expected);
});
