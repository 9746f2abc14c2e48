import { expect, test } from 'vitest';

import { key, stageFacade } from './facade.ts';

function body(argument: object): object {
  return { 'secure-key': key, argument };
}

test('Data is kept and given back as it came, and may name the node', async () => {
  const { send, client } = await stageFacade({ mode: 'documented' });
  for (const Data of ['a new disk', { node: 'node-a', why: 'a new disk' }, null]) {
    const argument = { Stage: 'support', Scope: 'node', Node: 'node-a', Data };
    const set = await send('/cluster/stage/set', body(argument));
    const get = await send('/cluster/stage/get', body({ Scope: 'node', Node: 'node-a' }));
    for (const answer of [set, get])
      expect(answer).toMatchObject({
        status: 200,
        body: { entity: [{ stage: 'support', data: Data }], return: 'true' },
      });
  }
  await send('/cluster/stage/set', body({ Stage: 'support', Data: { node: 'node-b' } }));
  expect([...client.objects.keys()]).toEqual(['node-a', 'node-b']);
});

test('a scope is no name of a node, and there is no path of the original', async () => {
  const { send } = await stageFacade({ mode: 'documented' });
  expect((await send('/cluster/stage/get', body({ Scope: 'node-a' }))).status).toBe(400);
  expect((await send('/api/cluster/stage/get', body({ Scope: 'cluster' }))).status).toBe(404);
});
