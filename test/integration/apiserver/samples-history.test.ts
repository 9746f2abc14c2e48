import { afterAll, beforeAll, test } from 'vitest';

import { objectNameOf } from '../../../apiserver/dispatch/names.ts';
import { agentTasks } from '../../../crds/types/agenttask.ts';
import { Caller } from '../stack/caller.ts';
import type { CurlAnswer } from '../stack/curl.ts';
import { Stack } from '../stack/stack.ts';

/* What a caller sees of a task before and after it is deleted, with the recorder at work. */

const content = `- hosts: all
  connection: local
  gather_facts: false
  vars: {ansible_python_interpreter: "{{ ansible_playbook_python }}"}
  tasks: [{command: echo done}]
`;

let stack: Stack;
let caller: Caller;

beforeAll(async () => {
  stack = await Stack.open();
  caller = new Caller(stack.facade.url);
});
afterAll(() => stack.close());

async function seen(name: string, source: string): Promise<readonly Pick<CurlAnswer, 'status' | 'body'>[]> {
  const answers = [await caller.post('/api/check', { name }), await caller.post('/api/getlog', { source })];
  return answers.map(({ status, body }) => ({ status, body }));
}

async function names(): Promise<readonly string[]> {
  return (await stack.tasks()).map(({ metadata }) => metadata.name);
}

test.concurrent.for([
  ['/api/run', ['192.0.2.1', '192.0.2.2']],
  ['/api/parallel_run', ['192.0.2.3', '192.0.2.4']],
] as const)(
  'a task by %s that was deleted looks as before, and its name is taken for ever',
  { timeout: 300_000 },
  async ([path, nodes], { expect }) => {
    const name = `deleted after ${path}`;
    const id = await caller.submit(path, { name, nodes, content }, { source: path });
    await expect
      .poll(async () => (await caller.post('/api/check', { id })).text, { timeout: 110_000, interval: 500 })
      .toMatch(/"status":[2-5]/);
    const before = await seen(name, path);
    expect(JSON.stringify(before)).toMatch(new RegExp(`"status":2.*host = ${nodes[1]}`));

    await stack.client.delete(agentTasks, { namespace: stack.namespace, name: objectNameOf(name) });
    // The recorder lets a task go half a minute after its creation at the earliest.
    await expect.poll(names, { timeout: 110_000, interval: 1000 }).not.toContain(objectNameOf(name));

    expect(await seen(name, path)).toEqual(before);
    expect(await caller.post('/api/check', { id })).toMatchObject({ status: 200, body: { code: 0, content: { id } } });
    for (const again of ['/api/run', '/api/parallel_run']) {
      expect(await caller.post(again, { name, nodes: ['192.0.2.5'], content })).toMatchObject({
        status: 400,
        body: { code: -1, message: 'task name is duplicate' },
      });
    }
    expect(await names()).not.toContain(objectNameOf(name));
    expect(
      await caller.submit('/api/run', { name: `after ${name}`, nodes: ['192.0.2.9'], content: 'not a playbook' }),
    ).toBeGreaterThan(id);
  },
);
