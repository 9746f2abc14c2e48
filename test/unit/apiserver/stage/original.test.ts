import { describe, expect, test } from 'vitest';

import type { ClusterStage } from '../../../../crds/types/clusterstage.ts';
import { denying } from '../facade.ts';
import { key, stageFacade, type StageFacade } from './facade.ts';

/** Each field of each answer, as the original program gave it. */

const token = { authorization: `Bearer ${key}` };
const time = expect.any(Number) as number;

function cluster(spec: Partial<ClusterStage['spec']> = {}): ClusterStage {
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'ClusterStage',
    metadata: { name: 'cluster', uid: 'uid', generation: 1 },
    spec: { scope: 'Cluster', stage: 'running', ...spec },
    status: {
      observedGeneration: 1,
      stage: spec.stage ?? 'running',
      capacity: { total: '100Ti', used: '1269760Ki' },
    },
  };
}

async function original(stages: readonly ClusterStage[] = [cluster()]): Promise<StageFacade> {
  return stageFacade({ mode: 'original', stages });
}

function status(code: string, message: string, more: object = {}): object {
  const about = { category: 'STAGE', scope: 'cluster', type: 'API', time };
  return { ...about, code, level: 'INFO', message, msgargs: expect.any(Array), details: null, ...more };
}

const idle = { stage: 'running', data: '', proc: null };

describe('the calls of the original', () => {
  test('get is answered with an object', async () => {
    const { send } = await original();
    const msg = 'Getting the stage has succeeded';
    expect(await send('/api/cluster/stage/get', { Scope: 'cluster' }, token)).toEqual({
      status: 200,
      body: {
        success: true,
        return: 'true',
        msg,
        entity: { stage: 'running', data: '' },
        statuses: [status('CLST_STAGE_GET_OK', msg)],
        stage_info: idle,
      },
    });
  });

  test('list is answered with a list and its length', async () => {
    const { send } = await original();
    const msg = 'Getting the stage list has succeeded';
    const { body } = await send('/api/cluster/stage/list', { Scope: 'cluster' }, token);
    const { entity } = body as { readonly entity: readonly string[] };
    expect(entity).toEqual(expect.arrayContaining(['running', 'support', 'upgrading', 'booting']));
    expect(body).toEqual({
      success: true,
      return: 'true',
      msg,
      entity,
      count: entity.length,
      statuses: [status('CLST_STAGE_LIST_OK', msg)],
      stage_info: idle,
    });
  });

  test.each<[what: string, body: string | undefined]>([
    ['nothing', undefined],
    ['an empty body', ''],
    ['null', 'null'],
    ['an empty object', '{}'],
    ['a form', 'argument=&lang=ko'],
  ])('info is asked with %s', async (_, sent) => {
    const { send } = await original();
    const msg = 'Getting the stage info has succeeded';
    expect(await send('/api/cluster/stage/info', sent, token)).toEqual({
      status: 200,
      body: {
        success: true,
        return: 'true',
        msg,
        entity: {
          Name: 'site-1',
          Stage: 'running',
          Status_Msg: 'RUNNING',
          Total_Capacity: '100.00TiB',
          Usage_Capacity: '1.21GiB',
          Management: expect.arrayContaining(['support']),
        },
        statuses: [status('CLST_STAGE_INFO_OK', msg)],
        stage_info: idle,
      },
    });
  });

  test('set is answered with the stage, and Data is kept and given back as it came', async () => {
    const { send, client } = await original();
    for (const Data of ['a new disk', { node: 'node-a', why: ['a new disk'] }, null]) {
      const msg = 'Setting the stage has succeeded: node: support';
      expect(await send('/api/cluster/stage/set', { Stage: 'support', Scope: 'node-a', Data }, token)).toMatchObject({
        status: 200,
        body: {
          success: true,
          return: 'true',
          msg,
          entity: { stage: 'support', data: Data },
          statuses: [status('CLST_STAGE_SET_OK', msg, { msgargs: ['node', 'support'] })],
          // Also while no watch has told of it.
          stage_info: { stage: 'support', data: 'node', proc: null },
        },
      });
      expect(await send('/api/cluster/stage/get', { Scope: 'node-a' }, token)).toMatchObject({
        body: { entity: { stage: 'support', data: Data } },
      });
    }
    expect(client.objects.get('node-a')?.spec).toMatchObject({ scope: 'Node', data: 'null', dataFormat: 'JSON' });
  });

  test.each<[meant: string, body: object, headers: Readonly<Record<string, string>>, node: string]>([
    ['Node', { Node: 'node-b', Data: { node: 'node-a' } }, { host: '192.0.2.1' }, 'node-b'],
    ['a scope that is its name', { Scope: 'node-a', Data: { node: 'node-b' } }, {}, 'node-a'],
    ['Data', { Data: { node: 'node-a' } }, { host: 'node-b' }, 'node-a'],
    ['the host that is called', { Data: 'node-b' }, { host: '192.0.2.1:8080' }, 'node-a'],
    ['being that of the facade', {}, { host: 'fleetwright.example.com' }, 'node-b'],
  ])('a node is meant by %s', async (_, body, headers, node) => {
    const { send, client } = await original();
    await send('/api/cluster/stage/set', { Stage: 'support', ...body }, { ...token, ...headers });
    expect([...client.objects.keys()]).toEqual(['cluster', node]);
  });
});

describe('a call that cannot be done', () => {
  test.each<[what: string, path: string, body: object, msg: string, details: RegExp, entity: unknown]>([
    [
      'a stage that is none',
      'set',
      { Stage: 'parked', Scope: 'cluster' },
      'Failed to set the stage(parked) in the scope(cluster)',
      /there is no such stage/,
      { stage: 'running', data: '' },
    ],
    [
      'a node that is none',
      'set',
      { Stage: 'support', Node: 'node-x' },
      'Failed to set the stage(support) in the scope(node)',
      /there is no node node-x/,
      null,
    ],
    [
      'a scope that is none',
      'get',
      { Scope: 'rack' },
      'Failed to get the stage in the scope(rack)',
      /there is no node rack/,
      null,
    ],
  ])('is answered with 200, and success says that it was not: %s', async (_, path, body, msg, details, entity) => {
    const { send, client } = await original();
    const code = `CLST_STAGE_${path.toUpperCase()}_FAILURE`;
    expect(await send(`/api/cluster/stage/${path}`, body, token)).toEqual({
      status: 200,
      body: {
        success: false,
        return: 'false',
        msg,
        entity,
        statuses: [status(code, msg, { level: 'ERROR', details: expect.stringMatching(details) })],
        stage_info: idle,
      },
    });
    expect(client.calls.filter((call) => call !== 'get')).toEqual([]);
  });

  test.each<[what: string, path: string, body: unknown, code: string, msg: string]>([
    ['no stage', 'set', {}, 'MISSING_ENTITY', 'Required entity is missing: Stage'],
    ['no scope', 'list', {}, 'MISSING_ENTITY', 'Required entity is missing: Scope'],
    ['a stage that is no text', 'set', { Stage: 7 }, 'INVALID_ENTITY', 'Required entity is invalid: Stage'],
    [
      'data that is a list',
      'set',
      { Stage: 'support', Data: [] },
      'INVALID_ENTITY',
      'Required entity is invalid: Data',
    ],
    ['a list', 'get', [], 'INVALID_ENTITY', 'Required entity is invalid: body'],
    ['no JSON', 'get', '{', 'CLST_STAGE_GET_FAILURE', 'the body is not JSON in UTF-8: send a JSON object'],
  ])('is answered with 400 where it cannot be understood: %s', async (_, path, body, code, msg) => {
    const { send } = await original();
    expect(await send(`/api/cluster/stage/${path}`, body, token)).toMatchObject({
      status: 400,
      body: { success: false, return: 'false', msg, entity: null, statuses: [{ code }], stage_info: idle },
    });
  });

  test('that the user may not do is told without statuses, and of the stage its name alone', async () => {
    const stages = [cluster({ stage: 'support', data: 'a secret' })];
    const { send } = await stageFacade({ mode: 'original', stages, authorizer: denying('get clusterstages') });
    expect(await send('/api/cluster/stage/get', { Scope: 'cluster' }, token)).toEqual({
      status: 403,
      body: {
        success: false,
        return: 'false',
        msg: 'denied: operator cannot get clusterstages',
        entity: null,
        statuses: null,
        stage_info: { stage: 'support', data: '' },
      },
    });
  });
});

describe('who calls', () => {
  const unauthorized = {
    status: 401,
    challenge: 'Bearer',
    body: {
      success: false,
      return: 'false',
      msg: 'Unauthorized',
      entity: null,
      statuses: [status('UNAUTHORIZED', 'Unauthorized', { level: 'ERROR', details: expect.any(String) })],
      stage_info: idle,
    },
  };

  test.each<[how: string, headers: Readonly<Record<string, string>>]>([
    ['the header Authorization', token],
    ['the cookie gms_token', { cookie: `language=en; gms_token=${key}` }],
    [
      'the cookie, sent by a page of the same site',
      { cookie: `gms_token=${key}`, origin: 'http://here', host: 'here' },
    ],
  ])('is shown by a token in %s', async (_, headers) => {
    const { send } = await original();
    expect(await send('/api/cluster/stage/info', '', headers)).toMatchObject({ status: 200, body: { success: true } });
  });

  test.each<[how: string, headers: Readonly<Record<string, string>>]>([
    ['no token', {}],
    ['a wrong token', { authorization: 'Bearer x' }],
    ['a wrong cookie', { cookie: 'gms_token=x' }],
    [
      'a cookie that a page of another site makes a browser send',
      { cookie: `gms_token=${key}`, origin: 'http://evil' },
    ],
  ])('is not let in with %s, and learns no more than the stage', async (_, headers) => {
    const { send } = await original();
    expect(await send('/api/cluster/stage/set', { Stage: 'support' }, headers)).toEqual(unauthorized);
  });
});

test.each<[language: string, headers: Readonly<Record<string, string>>, msg: string, failure: string]>([
  [
    'Korean',
    { 'accept-language': 'ko-KR,ko;q=0.9,en;q=0.8' },
    '스테이지를 가져왔습니다.',
    '필수 항목이 누락되었습니다: Scope',
  ],
  ['Korean by a cookie', { cookie: 'language=ko' }, '스테이지를 가져왔습니다.', '필수 항목이 누락되었습니다: Scope'],
  [
    'English',
    { 'accept-language': 'en,ko;q=0.5' },
    'Getting the stage has succeeded',
    'Required entity is missing: Scope',
  ],
  [
    'English where it is another language',
    { 'accept-language': 'kok' },
    'Getting the stage has succeeded',
    'Required entity is missing: Scope',
  ],
])('messages are in %s', async (_, headers, msg, failure) => {
  const { send } = await original();
  const as = { ...token, ...headers };
  expect((await send('/api/cluster/stage/get', { Scope: 'cluster' }, as)).body).toMatchObject({ msg });
  expect((await send('/api/cluster/stage/get', {}, as)).body).toMatchObject({ msg: failure });
});
