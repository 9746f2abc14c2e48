import { createHash } from 'node:crypto';

import type { FastifyInstance, FastifyRequest } from 'fastify';

import type { Mode } from './mode.ts';

/** Asks for the stream beside the page, with what is typed in, and adds a line for each event. */
const script = `
const [form, log, said] = ['form', 'pre', 'output'].map((name) => document.querySelector(name));

function show(line) {
  const text = document.createElement('span');
  text.className = line.split(' ')[3] ?? '';
  text.textContent = line + '\\n';
  log.append(text);
  text.scrollIntoView({ block: 'end' });
}

function take(event) {
  const fields = Object.fromEntries(event.split('\\n').map((line) => line.split(/: (.*)/s)));
  if (fields.event === 'end') said.textContent = 'The task has ended: ' + fields.data;
  else if (fields.data !== undefined) show(fields.data);
}

async function follow(headers) {
  const answer = await fetch(location.pathname + '/stream', { headers });
  if (!answer.headers.get('content-type')?.startsWith('text/event-stream')) {
    const { info } = await answer.json();
    throw new Error(info ?? 'appname and appkey are not valid');
  }
  form.hidden = true;
  log.textContent = '';
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const events = (rest + part.value).split('\\n\\n');
    rest = events.pop();
    events.forEach(take);
  }
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  said.textContent = '';
  try {
    await follow(Object.fromEntries(new FormData(form)));
  } catch (error) {
    said.textContent = 'The log cannot be shown: ' + error.message;
  }
});
`;

const style = `
body { margin: 1rem; background: #111; color: #ddd; font: 14px/1.4 ui-monospace, monospace; }
pre { white-space: pre-wrap; }
.failed, .unreachable, .asyncFailed { color: #f66; }
.changed { color: #fc6; }
.ok { color: #6d6; }
`;

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Log</title>
<style>${style}</style>
<form autocomplete="off">
  <label>appname <input name="appname" required></label>
  <label>appkey <input name="appkey" type="password" required></label>
  <button>Show the log</button>
</form>
<pre></pre>
<output></output>
<script>${script}</script>
</html>
`;

/** Nothing but what stands in the page runs there, and it calls nobody but this server. */
const policy = [
  "default-src 'none'",
  `script-src '${hashOf(script)}'`,
  `style-src '${hashOf(style)}'`,
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

/**
 * Shows the page of a log to whoever wants one, which is the same for all logs: who reads a log says there who he is.
 * Use it before the guard, who asks for that.
 * @param url of the route that the page belongs to
 */
export function showLogPage(app: FastifyInstance, url: string, mode: Mode): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (request.routeOptions.url !== url || request.method !== 'GET' || !wantsPage(request, mode)) return done();
    reply.header('content-security-policy', policy).type('text/html; charset=utf-8').serializer(String).send(page);
  });
}

/** Browsers say that they take pages. */
function wantsPage({ headers: { accept = '' } }: FastifyRequest, { prefersPage }: Mode): boolean {
  return accept.includes('text/html') || (prefersPage && !accept.includes('text/plain'));
}
