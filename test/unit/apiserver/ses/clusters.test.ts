import { describe, expect, test } from 'vitest';

import type {
  RollingUpgrade,
  RollingUpgradeSpec,
  RollingUpgradeStatus,
} from '../../../../crds/types/rollingupgrade.ts';
import { rollingUpgrade } from '../../../harness/rollingupgrade/objects.ts';
import { denying } from '../facade.ts';
import { sesFacade } from './app.ts';
import { kst, sampleNodes, sampleStatus } from './sample.ts';

const prefix = '/api/v2/cluster';

function upgrade(
  name: string,
  made: string,
  spec: Partial<RollingUpgradeSpec>,
  status?: RollingUpgradeStatus,
): RollingUpgrade {
  const object = rollingUpgrade(name, sampleNodes, spec);
  return {
    ...object,
    metadata: { ...object.metadata, uid: name, creationTimestamp: kst(made) },
    ...(status === undefined ? {} : { status }),
  };
}

/** The cluster of the sample while it is upgraded; one whose nodes are known by addresses; one not looked at yet. */
const description = upgrade('search', '2024-03-01 10:00:00', { dryRun: true }, { ...sampleStatus, phase: 'Pending' });
const running = upgrade('running', '2024-03-06 15:01:14', {}, sampleStatus);
const hosts = {
  nodes: [{ name: 'os-1', host: '192.0.2.10' }],
  taskTemplate: { jobRef: { name: 'replace-opensearch' } },
};
const engine = { openSearch: { endpoints: ['https://search.example.com'] } };
const small = upgrade('small', '2024-03-02 10:00:00', {
  serviceGroupInstanceNo: '7',
  dryRun: true,
  targetVersion: '2.11.1',
  members: { hosts },
  engine,
});

const result = (value: unknown): object => ({ status: 200, body: { code: 0, message: 'SUCCESS', result: value } });

const inList = {
  clusterName: 'sso-test-270',
  clusterStatus: 'changing',
  createDate: '2024-03-01 10:00:00',
  dataNodeCount: 3,
  managerNodeCount: 2,
  serviceGroupInstanceNo: '3427188',
};
const smallInList = {
  clusterName: 'small',
  clusterStatus: 'running',
  createDate: '2024-03-02 10:00:00',
  dataNodeCount: 0,
  managerNodeCount: 0,
  serviceGroupInstanceNo: '7',
};

test('clusters are listed by their numbers, page by page, and found by a part of their name', async () => {
  const { get } = await sesFacade([description, running, small]);
  const page = { currentPage: 1, pageSize: 10, totalCount: 2, totalPage: 1, isFirst: true, isLast: true };
  const first = { ...smallInList, searchEngineStatus: 'running', searchEngineVersion: null };
  const second = { ...inList, searchEngineStatus: 'changing', searchEngineVersion: 'OpenSearch 2.7.0' };
  const both = { ...page, allowedClusters: [first, second], disallowedClusters: [] };
  const list = `${prefix}/getClusterInfoList`;
  expect(await get(list)).toMatchObject(result(both));
  // As a client in Go sends what it was not given.
  expect(await get(`${list}?pageNo=0&pageSize=0&inputText=&vpcName=`)).toMatchObject(result(both));
  expect(await get(`${list}?inputText=test`)).toMatchObject(
    result({ ...page, totalCount: 1, allowedClusters: [second] }),
  );
  expect(await get(`${list}?pageNo=2&pageSize=1`)).toMatchObject(
    result({ ...page, currentPage: 2, pageSize: 1, totalPage: 2, isFirst: false, allowedClusters: [second] }),
  );
  expect(await get(`${list}?pageNo=3`)).toMatchObject(
    result({ ...page, currentPage: 3, isFirst: false, allowedClusters: [] }),
  );
  expect(await get(`${list}?vpcName=mine`)).toMatchObject(
    result({ ...page, totalCount: 0, totalPage: 0, allowedClusters: [] }),
  );
});

describe('of one cluster', () => {
  test('is told what it is and what its nodes are', async () => {
    const facade = await sesFacade([description, running, small]);
    const { body } = await facade.get(`${prefix}/getClusterInfo/3427188`);
    expect(body).toMatchObject({
      result: { ...inList, searchEngineVersionCode: '270', searchEnginePort: '9200' },
    });
    expect(body).toMatchObject({
      result: {
        clusterNodeList: sampleNodes.map((name, index) => ({
          computeInstanceName: name,
          computeInstanceNo: index + 1,
          nodeType: name.includes('-d-') ? 'D' : 'M',
          serverStatus: name === 'sso-test-270-d-1lva' ? 'changing' : 'running',
        })),
      },
    });
    expect(await facade.get(`${prefix}/getClusterInfo/7`)).toMatchObject(
      result({
        ...smallInList,
        searchEngineVersionCode: null,
        searchEnginePort: '443',
        clusterNodeList: [
          {
            computeInstanceName: 'os-1',
            computeInstanceNo: 1,
            nodeType: null,
            serverStatus: 'running',
            privateIp: '192.0.2.10',
          },
        ],
      }),
    );
    const { body: nodes } = await facade.get(`${prefix}/getClusterNodeList/7`);
    expect(nodes).toMatchObject({
      result: {
        serviceGroupInstanceNo: 7,
        serviceGroupName: 'small',
        statusCode: 'running',
        createdDate: {
          formattedDate: '2024-03-02',
          formattedDateTime: '2024-03-02 10:00:00 000000',
          utc: Date.parse(kst('2024-03-02 10:00:00')),
        },
        computeList: [
          {
            computeInstanceNo: 1,
            computeInstanceStatus: 'running',
            hostName: 'os-1',
            nodeRoleCode: null,
            serviceGroupInstanceNo: 7,
            privateIp: '192.0.2.10',
          },
        ],
      },
    });
  });
});

test('a cluster is as the latest upgrade saw it, and keeps its name before it was looked at', async () => {
  const done = (sampleStatus.nodes ?? []).map((node) => ({ ...node, version: '2.9.0', status: 'complete' as const }));
  const ended = upgrade('ended', '2024-03-07 00:00:00', {}, { ...sampleStatus, phase: 'Succeeded', nodes: done });
  const { get } = await sesFacade([description, ended]);
  expect(await get(`${prefix}/getClusterInfo/3427188`)).toMatchObject(
    result({ ...inList, clusterStatus: 'running', searchEngineVersionCode: '290' }),
  );
});

/** As a version is told of. */
function called(version: string, code: string): object {
  return {
    searchEngineVersionCode: code,
    searchEngineVersionName: `OpenSearch ${version}`,
    searchEngineDashboardVersionName: `OpenSearch Dashboards ${version}`,
    type: 'OpenSearch',
  };
}

describe('versions', () => {
  const list = `${prefix}/getSearchEngineVersionList`;

  test('are those that the operator offers', async () => {
    const { get } = await sesFacade([description], { versions: ['2.9.0', '2.18.0'] });
    const versions = [called('2.9.0', '290'), called('2.18.0', '2180')];
    expect(await get(list)).toMatchObject(result({ searchEngineVersionList: versions }));
  });

  test('else those that the clusters have, or are to have', async () => {
    const { get } = await sesFacade([description, running, small]);
    const versions = [called('2.7.0', '270'), called('2.9.0', '290'), called('2.11.1', '2111')];
    expect(await get(list)).toMatchObject(result({ searchEngineVersionList: versions }));
  });
});

describe('what is asked wrongly', () => {
  const noNumber = 'serviceGroupInstanceNo is not the number of a cluster: send for example "3427188"';
  const noCluster = 'There is no cluster 99: ask the operator to describe it by a RollingUpgrade';

  test('is told in the words of the service', async () => {
    const { get } = await sesFacade([description]);
    const wrong: readonly (readonly [path: string, status: number, message: string])[] = [
      ['/getClusterInfo/99', 404, noCluster],
      ['/getClusterNodeList/99', 404, noCluster],
      ['/getClusterInfo/search', 400, noNumber],
      ['/getClusterInfo/', 400, noNumber],
      ['/getClusterNodeList/1,2', 400, noNumber],
      ['/getClusterInfoList?pageNo=-1', 400, 'pageNo is not a whole number from 1 to 999999999'],
      ['/getClusterInfoList?pageSize=1001', 400, 'pageSize is not a whole number from 1 to 1000'],
      ['/getClusterInfoList?inputText=a&inputText=b', 400, 'inputText is sent several times: send it once'],
    ];
    for (const [path, status, message] of wrong)
      expect([path, await get(`${prefix}${path}`)]).toMatchObject([
        path,
        { status, body: { code: status, message, result: null } },
      ]);
  });

  test('or, where there is no such call, by the gateway', async () => {
    const { get } = await sesFacade([description]);
    for (const path of ['/getClusterInfo', '/getClusterInfoList/1', '/restartSearchEngineCluster/3427188'])
      expect(await get(`${prefix}${path}`)).toMatchObject({ status: 404, body: { error: { errorCode: '300' } } });
  });
});

test('whose user may not look at upgrades is told nothing of clusters', async () => {
  const { get } = await sesFacade([description], { authorizer: denying('list rollingupgrades') });
  for (const path of ['getClusterInfoList', 'getClusterInfo/3427188', 'getClusterNodeList/99'])
    expect(await get(`${prefix}/${path}`)).toMatchObject({ status: 403, body: { error: { errorCode: '230' } } });
});
