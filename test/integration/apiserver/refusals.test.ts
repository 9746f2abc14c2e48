import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { siteForFile } from './cluster.ts';

const site = siteForFile();
const run = { name: 'to be refused', nodes: ['web-1'], tasks: '- ping:' };

describe('what the API server refuses', () => {
  test.each<[string, object, RegExp]>([
    [
      'a host with shell characters',
      { nodes: ['web-1', 'web;reboot'] },
      /^param error, error: nodes\[1\]: "web;reboot" is not valid: not a host: use a host name/,
    ],
    [
      'a host with Jinja characters',
      { nodes: ['{{ lookup("pipe", "id") }}'] },
      /^param error, error: nodes\[0\]: "\{\{ lookup.* is not valid: not a host/,
    ],
    [
      'a host that is an option',
      { nodes: ['-oProxyCommand=id'] },
      /^param error, error: nodes\[0\]: "-oProxyCommand=id" is not valid/,
    ],
    ['an empty host', { nodes: [''] }, /^param error, error: nodes\[0\]/],
    [
      'a host that comes twice',
      { nodes: ['web-1', 'web-2', 'web-1'] },
      /^param error, error: nodes\[2\]: "web-1" is listed before: list each once$/,
    ],
    [
      'a user that is none',
      { user: 'root; id' },
      /^param error, error: user: "root; id" is not valid: not a user name/,
    ],
    ['a user that is too long', { user: 'u'.repeat(100) }, /^param error, error: user: /],
    [
      'too many forks',
      { fork_num: 501 },
      /^param error, error: fork_num: 501 is not valid: should be less than or equal to 500$/,
    ],
    [
      'no forks',
      { fork_num: '0' },
      /^param error, error: fork_num: 0 is not valid: should be greater than or equal to 1$/,
    ],
    [
      'too many variables',
      { params: Object.fromEntries(Array.from({ length: 257 }, (_, index) => [`v${index}`, 1])) },
      /^param error, error: params: there are 257 variables, more than 256: put some of them into one, by name$/,
    ],
    ['several fields at once', { nodes: ['a b'], user: '-' }, /nodes\[0\]: .*user: |user: .*nodes\[0\]: /s],
  ])('%s is told with the name of the field and what to send', async (_, change, expected) => {
    const { facade, tasks } = site();
    const before = (await tasks()).length;
    const answer = await facade.post('/api/run', { ...run, ...change });
    expect(answer).toEqual({ status: 400, body: { code: -1, message: expect.stringMatching(expected) } });
    expect(await tasks()).toHaveLength(before);
  });

  test('headers that cannot be kept are told by their name', async () => {
    const { facade } = site();
    expect(await facade.post('/api/run', run, { 'x-correlation-id': 'i'.repeat(300) })).toEqual({
      status: 400,
      body: { code: -1, message: expect.stringContaining('param error, error: X-CORRELATION-ID: ') },
    });
    expect(await facade.post('/api/run', run, { 'x-resource': 'a\tb' })).toEqual({
      status: 400,
      body: { code: -1, message: expect.stringContaining('param error, error: X-RESOURCE: ') },
    });
  });

  test('a thousand wrong hosts are told by the first of them', async () => {
    const nodes = Array.from({ length: 1000 }, (_, index) => `${'x'.repeat(200)} ${index}`);
    expect(await site().facade.post('/api/run', { ...run, nodes })).toEqual({
      status: 400,
      body: { code: -1, message: expect.stringContaining('param error, error: nodes[0]: ') },
    });
  });

  test('what is too large in storage only is told to be too large', async () => {
    // Each of these characters takes six bytes once it is written as JSON.
    const tasks = `- ping: # ${'\u0001'.repeat(500_000)}`;
    expect(await site().facade.post('/api/run', { ...run, tasks })).toEqual({
      status: 413,
      body: { code: -1, message: expect.stringContaining('larger than can be stored') },
    });
  });
});

describe('the limits', () => {
  test('a task with everything at its largest is made', async () => {
    const nodes = Array.from(
      { length: 1000 },
      (_, index) => `${`${index}-`.padEnd(63, 'a')}.${'b'.repeat(63)}.${'c'.repeat(63)}`,
    );
    const answer = await site().facade.post('/api/run', {
      name: 'n'.repeat(255),
      nodes,
      tasks: `#${'x'.repeat(512 * 1024 - 1)}`,
      params: { a: 'y'.repeat(255 * 1024) },
      fork_num: 500,
    });
    expect(answer.status).toBe(200);
  });

  test('a body of 8 MiB is answered, not cut off', async () => {
    const { facade } = site();
    const answer = await facade.post('/api/run', { ...run, params: 'x'.repeat(8 * 1024 * 1024) });
    expect(answer).toEqual({
      status: 413,
      body: { code: -1, message: expect.stringContaining('body: is larger than 4 MiB') },
    });
    expect((await facade.post('/api/check', { id: 1 })).status).toBeLessThan(500);
  });

  test('ten thousand levels of nesting are refused', async () => {
    const nested = '['.repeat(10_000) + ']'.repeat(10_000);
    const deep = `{"name":"deep","nodes":["web-1"],"tasks":"- ping:","params":{"a":${nested}}}`;
    expect(await site().facade.post('/api/run', deep)).toEqual({
      status: 400,
      body: { code: -1, message: expect.stringContaining('params: nested deeper than 64 levels') },
    });
  });
});

test('whatever is sent that looks like a task is made or refused in the form of the API', async () => {
  const { facade } = site();
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.constantFrom('web-1', 'root', '- ping:', '{}', '5', '::1', '010.0.0.1'),
  );
  const task = fc.record(
    {
      name: text,
      nodes: fc.array(text, { maxLength: 3 }),
      tasks: fc.oneof(text, fc.array(fc.dictionary(text, fc.jsonValue(), { maxKeys: 3 }), { maxLength: 2 })),
      user: text,
      params: fc.oneof(
        text,
        fc.dictionary(fc.constantFrom('a', 'b_1', '__proto__', 'ansible_port'), fc.jsonValue(), { maxKeys: 3 }),
      ),
      fork_num: fc.oneof(fc.integer(), text),
    },
    { requiredKeys: ['name', 'nodes', 'tasks'] },
  );
  let made = 0;
  await fc.assert(
    fc.asyncProperty(task, async (body) => {
      const answer = await facade.post('/api/run', body);
      if (answer.status === 200) made += 1;
      const good = { status: 200, body: { code: 0, content: { id: expect.any(Number) } } };
      const bad = {
        status: 400,
        body: { code: -1, message: expect.stringMatching(/^(param error, error: .+|task name is duplicate)$/s) },
      };
      expect(answer).toEqual(answer.status === 200 ? good : bad);
    }),
    { numRuns: 400, examples: [[{ name: 'fine', nodes: ['web-1'], tasks: '- ping:' }]] },
  );
  // Otherwise only refusals were seen.
  expect(made).toBeGreaterThan(0);
});
