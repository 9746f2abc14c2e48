import { describe, expect, test } from 'vitest';

import { failure, testFacade } from '../facade.ts';

const run = { name: 'task 1', nodes: ['192.0.2.1'], tasks: '- ping:' };
const unlucky = (message: string): object => failure(expect.stringContaining(message));

describe('POST /api/check', () => {
  test('reports on a task by id and by name', async () => {
    const { post } = await testFacade();
    await post('/api/run', run);
    const report = {
      create_time: 'Fri, 02 Jan 2026 03:04:05 GMT',
      err: null,
      id: 1,
      log: '[]',
      nodes: '["192.0.2.1"]',
      status: 0,
      update_time: 'Fri, 02 Jan 2026 03:04:05 GMT',
    };
    for (const query of [{ id: 1 }, { id: '1' }, { name: 'task 1' }, { id: 1, name: 'something else' }]) {
      expect(await post('/api/check', query)).toEqual({ status: 200, body: { code: 0, content: report } });
    }
  });

  test.each([{ id: 2 }, { name: 'task 2' }, { id: -1 }, { id: 9e15 }])('does not know %j', async (query) => {
    const { post } = await testFacade();
    await post('/api/run', run);
    expect(await post('/api/check', query)).toEqual({ status: 404, body: failure('task not found...') });
  });

  test.each<[string, string]>([
    ['{', 'json encode error'],
    ['{}', 'param error, error: id: one of id and name is required'],
    ['{"id":1.5}', 'param error, error: id: must be integer'],
    ['{"id":true}', 'param error, error: id: must be integer'],
    ['{"name":{}}', 'param error, error: name: must be string'],
    ['[1]', 'param error, error: body: must be object; the body is a JSON object with id or name'],
  ])('answers the body %s with: %s', async (body, expected) => {
    const { post } = await testFacade();
    expect(await post('/api/check', body)).toEqual({ status: 400, body: unlucky(expected) });
  });
});
