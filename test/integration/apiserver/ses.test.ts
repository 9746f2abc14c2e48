import { beforeAll, describe, expect, test, vi } from 'vitest';

import { rollingUpgrades, type RollingUpgrade, type RollingUpgradeStatus } from '../../../crds/types/rollingupgrade.ts';
import { signedHeaders, type KeyPair } from '../../signed.ts';
import {
  asked,
  path,
  paths,
  sampleHeaders,
  sampleNodes,
  sampleResult,
  sampleStatus,
} from '../../unit/apiserver/ses/sample.ts';
import { upgradeOf } from '../rollingupgrade/objects.ts';
import { siteForFile } from './cluster.ts';
import { token } from './process.ts';
import { makeKeyPair } from './ses-key.ts';

/** Each sample of the API's document, and what its callers get wrong, at a facade over a real API server. */

const site = siteForFile();
/** Of somebody who may look at upgrades. */
let pair: KeyPair;

beforeAll(async () => {
  pair = await newKeyPair([site().namespace]);
});

interface SesAnswer {
  readonly status: number;
  readonly body: unknown;
}

interface Sent {
  readonly uri?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** As it is; what is no text is sent as JSON. */
  readonly body?: unknown;
}

async function send({ uri = path, method = 'POST', headers = {}, body = asked }: Sent): Promise<SesAnswer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const init = { method, headers: { 'content-type': 'application/json', ...headers } };
  const answer = await fetch(`${site().facade.url}${uri}`, method === 'GET' ? init : { ...init, body: text });
  return { status: answer.status, body: await answer.json() };
}

async function ask(uri: string): Promise<SesAnswer> {
  return send({ uri, headers: signedHeaders(uri, pair) });
}

/** Lets somebody in. @param taskNamespaces where he may look at upgrades */
async function newKeyPair(taskNamespaces: readonly string[]): Promise<KeyPair> {
  const made = await makeKeyPair(site().namespace, taskNamespaces);
  // The facade hears of the Secret by its watch; who is refused too often meanwhile is turned away.
  const letIn = async (): Promise<void> =>
    expect([403, 404]).toContain((await send({ headers: signedHeaders(path, made) })).status);
  await vi.waitFor(letIn, { timeout: 60_000, interval: 2000 });
  return made;
}

async function makeUpgrade(name: string, number: string, nodes: readonly string[]): Promise<RollingUpgrade> {
  const { namespace, client } = site();
  const upgrade = upgradeOf({ name, namespace }, nodes, ['http://search:9200'], { serviceGroupInstanceNo: number });
  return client.create(rollingUpgrades, upgrade);
}

async function writeStatus(name: string, status: RollingUpgradeStatus): Promise<void> {
  const { namespace, client } = site();
  await client.mergePatch(rollingUpgrades, { namespace, name }, { status }, { subresource: 'status' });
}

/** As the document has dates: `yyyy-MM-dd HH:mm:ss` in Korea. */
function inKorea(time = ''): string {
  return new Date(Date.parse(time) + 9 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
}

const requestId: unknown = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);

function ofGateway(errorCode: string, message: string, details: unknown): unknown {
  return { error: { errorCode, message, details } };
}

describe('the samples of the document', () => {
  test('are answered at all three paths, field by field', async () => {
    const { metadata } = await makeUpgrade('sample', asked.serviceGroupInstanceNo, sampleNodes);
    await writeStatus('sample', sampleStatus);
    const actionDate = inKorea(metadata.creationTimestamp);
    const result = { ...sampleResult, versionVo: { ...sampleResult.versionVo, actionDate } };
    const answer = { status: 200, body: { code: 0, message: 'SUCCESS', result, requestId } };
    // The facade hears of the status by its watch.
    await expect.poll(() => ask(path), { timeout: 30_000 }).toEqual(answer);
    for (const uri of paths) expect(await ask(uri)).toEqual(answer);
  });

  test('the curl line, as it stands there, is of another time and by another key', async () => {
    const answer = {
      status: 401,
      body: ofGateway('200', 'Authentication Failed', 'Invalid authentication information.'),
    };
    expect(await send({ headers: { accept: 'application/json', ...sampleHeaders } })).toEqual(answer);
  });

  test('the first one is a GET, which the original’s gateway does not know either', async () => {
    const headers = signedHeaders(path, pair, { method: 'GET' });
    const answer = { status: 404, body: ofGateway('300', 'Not Found Exception', 'URL not found.') };
    expect(await send({ method: 'GET', headers })).toEqual(answer);
  });
});

test('an upgrade is known from the moment at which it is made', async () => {
  const { metadata } = await makeUpgrade('new', '12', ['os-1', 'os-2']);
  const versionVo = {
    currentVersionCode: null,
    targetVersionCode: '290',
    actionDate: inKorea(metadata.creationTimestamp),
  };
  const result = { name: 'new', nodeCount: 2, versionVo, nodeStatusVoList: [] };
  const headers = signedHeaders(path, pair);
  expect(await send({ headers, body: { serviceGroupInstanceNo: '12' } })).toEqual({
    status: 200,
    body: { code: 0, message: 'SUCCESS', result, requestId },
  });
});

describe('who is let in', () => {
  test('a user who may not list upgrades is told which right he lacks', async () => {
    const without = await newKeyPair([]);
    for (const uri of paths)
      expect(await send({ uri, headers: signedHeaders(uri, without) })).toEqual({
        status: 403,
        body: ofGateway('230', 'Forbidden', expect.stringContaining('rollingupgrades')),
      });
  });

  test('a caller of another API is not, by his token', async () => {
    expect(await send({ headers: { authorization: `Bearer ${token}` } })).toMatchObject({
      status: 401,
      body: { error: { errorCode: '200' } },
    });
  });

  const day = 24 * 3_600_000;
  const missing = 'Authentication information are missing.';
  const wrong = 'Invalid authentication information.';
  test.each<[what: string, details: string, headers: () => Readonly<Record<string, string>>]>([
    ['without a signature', missing, () => ({})],
    ['of yesterday', wrong, () => signedHeaders(path, pair, { timestamp: String(Date.now() - day) })],
    ['for another path', wrong, () => signedHeaders('/api/jpn-v2/cluster/getRollingUpgradeProgress', pair)],
    ['by another secret key', wrong, () => signedHeaders(path, { ...pair, secretKey: 'k'.repeat(40) })],
  ])('a call %s is not', async (_, details, headers) => {
    const answer = { status: 401, body: ofGateway('200', 'Authentication Failed', details) };
    expect(await send({ headers: headers() })).toEqual(answer);
  });
});

describe('what is asked wrongly is answered in the words of the API', () => {
  const empty = 'serviceGroupInstanceNo is not allowed to be empty';
  const noNumber = 'serviceGroupInstanceNo is not the number of a cluster: send for example "3427188"';
  test.each<[what: string, status: number, message: string, body: unknown]>([
    ['nothing', 400, empty, {}],
    ['an empty number', 400, empty, { serviceGroupInstanceNo: '' }],
    ['a list', 400, empty, []],
    ['a word', 400, noNumber, { serviceGroupInstanceNo: 'search' }],
    ['a number with a fraction', 400, noNumber, { serviceGroupInstanceNo: 1.5 }],
    ['a selector', 400, noNumber, { serviceGroupInstanceNo: '1,metadata.name=x' }],
    ['an unknown cluster', 404, 'There is no rolling upgrade of cluster 99', { serviceGroupInstanceNo: '99' }],
  ])('%s', async (_, status, message, body) => {
    const headers = signedHeaders(path, pair);
    expect(await send({ headers, body })).toEqual({ status, body: { code: status, message, result: null, requestId } });
  });

  test.each<[what: string, status: number, body: unknown, sent: Sent]>([
    ['no JSON', 400, ofGateway('100', 'Bad Request Exception', expect.stringContaining('JSON')), { body: '{"serv' }],
    [
      'too much',
      413,
      ofGateway('430', 'Request Entity Too Large', expect.any(String)),
      { body: { pad: 'x'.repeat(20_000) } },
    ],
    [
      'another call',
      404,
      ofGateway('300', 'Not Found Exception', 'URL not found.'),
      { uri: '/api/sgn-v2/cluster/restartSearchEngineCluster' },
    ],
  ])('%s', async (_, status, body, sent) => {
    const headers = signedHeaders(sent.uri ?? path, pair);
    expect(await send({ ...sent, headers })).toEqual({ status, body });
  });
});
