import { describe, expect, test } from 'vitest';

import type { RollingUpgrade } from '../../../../crds/types/rollingupgrade.ts';
import { rollingUpgradeHistory } from '../../../../history/rollingupgrade/kind.ts';
import { TransportError } from '../../../../kube/errors.ts';
import { rollingUpgrade } from '../../../harness/rollingupgrade/objects.ts';
import { openStore } from '../../history/samples.ts';
import { denying } from '../facade.ts';
import { sesFacade, signed } from './app.ts';
import { actionDate, asked, kst, path, paths, sampleNodes, sampleResult, sampleStatus } from './sample.ts';

function upgrade(name: string, made: string, more: Partial<RollingUpgrade> = {}): RollingUpgrade {
  const object = rollingUpgrade(name, sampleNodes);
  return {
    ...object,
    metadata: { ...object.metadata, uid: name, creationTimestamp: kst(made) },
    status: sampleStatus,
    ...more,
  };
}

const sample = { code: 0, message: 'SUCCESS', result: sampleResult };
const running = upgrade('running', actionDate);

test.each(paths)('%s answers the sample of the document', async (url) => {
  const { call } = await sesFacade([running]);
  const { status, body, headers } = await call(url, asked);
  expect({ status, body }).toEqual({ status: 200, body: { ...sample, requestId: headers['x-request-id'] } });
});

describe('the number of the cluster', () => {
  test.each([
    ['as the table of the document spells it', { ServiceGroupInstanceNo: '3427188' }],
    ['as a number', { serviceGroupInstanceNo: 3_427_188 }],
    ['with a region, as later revisions of the document have it', { ...asked, regionNo: '1' }],
  ])('is taken %s', async (_, body) => {
    const { call } = await sesFacade([running]);
    expect(await call(path, body)).toMatchObject({ status: 200, body: sample });
  });

  test.each([
    ['missing', {}, 'serviceGroupInstanceNo is not allowed to be empty'],
    ['null', { serviceGroupInstanceNo: null }, 'serviceGroupInstanceNo is not allowed to be empty'],
    ['empty', { serviceGroupInstanceNo: '' }, 'serviceGroupInstanceNo is not allowed to be empty'],
    ['a list', [], 'serviceGroupInstanceNo is not allowed to be empty'],
    [
      'words',
      { serviceGroupInstanceNo: 'a,b=c' },
      'serviceGroupInstanceNo is not the number of a cluster: send for example "3427188"',
    ],
    [
      'an object',
      { serviceGroupInstanceNo: {} },
      'serviceGroupInstanceNo is not the number of a cluster: send for example "3427188"',
    ],
  ])('is refused when it is %s', async (_, body, message) => {
    const { call } = await sesFacade([running]);
    const answer = await call(path, body);
    expect(answer).toMatchObject({ status: 400, body: { code: 400, message, result: null } });
  });
});

test('the latest upgrade of a cluster answers, one that is only planned does not', async () => {
  const older = upgrade('older', '2024-01-01 00:00:00');
  const planned = upgrade('planned', '2024-03-07 00:00:00');
  const dry = { ...planned, spec: { ...planned.spec, dryRun: true } };
  const other = upgrade('other', '2024-03-08 00:00:00');
  const elsewhere = { ...other, metadata: { ...other.metadata, namespace: 'elsewhere' } };
  const { call } = await sesFacade([older, running, dry, elsewhere]);
  expect(await call(path, asked)).toMatchObject({ status: 200, body: sample });
});

describe('with a history', () => {
  const older = upgrade('older', '2024-01-01 00:00:00', { status: { ...sampleStatus, phase: 'Succeeded' } });
  const ended = { ...running, status: { ...sampleStatus, phase: 'Failed' as const, startTime: kst(actionDate) } };

  test('one that was deleted goes on to answer, until a later one is made', async () => {
    const history = await openStore();
    await history.complete(rollingUpgradeHistory, ended, {}, []);
    const { call } = await sesFacade([older], { history });
    expect(await call(path, asked)).toMatchObject({ status: 200, body: sample });
    const { call: later } = await sesFacade([upgrade('next', '2024-03-07 00:00:00')], { history });
    const versionVo = { actionDate: '2024-03-07 00:00:00' };
    expect(await later(path, asked)).toMatchObject({ body: { result: { versionVo } } });
  });

  test('one that is there is told of as it is, not as it is recorded', async () => {
    const history = await openStore();
    await history.see(
      rollingUpgradeHistory,
      [{ ...ended, status: { phase: 'Running', startTime: kst(actionDate) } }],
      [],
    );
    const { call } = await sesFacade([ended], { history });
    expect(await call(path, asked)).toMatchObject({ status: 200, body: sample });
  });

  test('one that is under way is told of while the history cannot be asked, one that has ended is not', async () => {
    const history = await openStore();
    await history.close();
    const { call } = await sesFacade([running], { history });
    expect(await call(path, asked)).toMatchObject({ status: 200, body: sample });
    const { call: later } = await sesFacade([ended], { history });
    expect(await later(path, asked)).toMatchObject({ status: 500, body: { error: { errorCode: '900' } } });
  });
});

test('one that was made a moment ago is asked for in the caller’s name, and has no nodes to tell of', async () => {
  const { status: _, ...fresh } = upgrade('fresh', actionDate);
  const { call } = await sesFacade([], { live: [fresh] });
  const versionVo = { currentVersionCode: null, targetVersionCode: '290', actionDate };
  expect(await call(path, asked)).toMatchObject({
    status: 200,
    body: { result: { name: 'fresh', nodeCount: 5, versionVo, nodeStatusVoList: [] } },
  });
});

test('a cluster without an upgrade is not found', async () => {
  const { call } = await sesFacade();
  const message = 'There is no rolling upgrade of cluster 3427188';
  expect(await call(path, asked)).toMatchObject({ status: 404, body: { code: 404, message, result: null } });
});

test('versions have their digits without dots', async () => {
  const newer = upgrade('newer', actionDate);
  const { call } = await sesFacade([{ ...newer, spec: { ...newer.spec, targetVersion: '2.11.1' } }]);
  expect(await call(path, asked)).toMatchObject({ body: { result: { versionVo: { targetVersionCode: '2111' } } } });
});

test('whose user may not look at upgrades is told so', async () => {
  const { call } = await sesFacade([running], { authorizer: denying('list rollingupgrades') });
  expect(await call(path, asked)).toMatchObject({
    status: 403,
    body: { error: { errorCode: '230', message: 'Forbidden', details: 'denied: ann cannot list rollingupgrades' } },
  });
});

describe('what is no call is no route', () => {
  const notFound = { error: { errorCode: '300', message: 'Not Found Exception', details: 'URL not found.' } };

  test('another path of a region', async () => {
    const { call } = await sesFacade();
    expect(await call('/api/v2/cluster/other', asked)).toMatchObject({ status: 404, body: notFound });
  });

  test.each(['GET', 'PUT'] as const)(
    'the method %s, with which the document’s first sample calls it',
    async (method) => {
      const { call } = await sesFacade();
      const { status, body } = await call(path, asked, signed(path, { method }), method);
      expect({ status, body }).toEqual({ status: 404, body: notFound });
    },
  );
});

test('too many calls are turned away in the form of the gateway', async () => {
  const { call } = await sesFacade([running], { limits: { rate: 1 } });
  expect(await call(path, asked)).toMatchObject({ status: 200, body: sample });
  const { status, body, headers } = await call(path, asked);
  expect({ status, body }).toMatchObject({
    status: 429,
    body: {
      error: { errorCode: '420', message: 'Rate Limited', details: expect.stringContaining('more than 1 calls') },
    },
  });
  expect(Number(headers['retry-after'])).toBeGreaterThan(0);
});

test('an API server that does not answer is told of in the form of the gateway', async () => {
  const { call, client } = await sesFacade();
  client.readFault = new TransportError('GET', new Error('connection refused'));
  expect(await call(path, asked)).toMatchObject({
    status: 503,
    body: { error: { errorCode: '500', message: 'Endpoint Error' } },
    headers: { 'retry-after': '5' },
  });
});

test('a body that says nothing, and one that is too large', async () => {
  const { call } = await sesFacade();
  expect(await call(path, '{"serviceGroup')).toMatchObject({ status: 400, body: { error: { errorCode: '100' } } });
  expect(await call(path, { pad: 'x'.repeat(20_000) })).toMatchObject({
    status: 413,
    body: { error: { errorCode: '430', message: 'Request Entity Too Large' } },
  });
});
