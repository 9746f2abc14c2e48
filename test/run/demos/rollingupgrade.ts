import { signatureKind } from '../../../apiserver/ses/signature-kind.ts';
import { sesCallers } from '../../../apiserver/ses/callers.ts';
import { mustKubectl } from '../../cluster/kubectl.ts';
import { openSearchAvailable } from '../../opensearch/available.ts';
import { OpenSearchCluster } from '../../opensearch/cluster.ts';
import { replacingContent } from '../../opensearch/job.ts';
import { signedHeaders, type KeyPair } from '../../signed.ts';
import type { Demo, Ground } from '../demo.ts';
import { giveCredential } from '../site.ts';

const names = ['os-1', 'os-2', 'os-3'];
const number = '3427188';
const body = JSON.stringify({ serviceGroupInstanceNo: number, targetVersionCode: '290' });
/** One for each region of the original. */
const paths = ['v2', 'sgn-v2', 'jpn-v2'].map((version) => `/api/${version}/cluster/getRollingUpgradeProgress`);
const [progressPath = ''] = paths;
/** A roll of three small nodes takes a minute; a busy machine takes its time. */
const patience = '--timeout=900s';

/** Three real nodes on this machine are rolled from 2.7.0 to 2.9.0, and REST calls tell how far it is. */
export const rollingUpgradeDemo: Demo = {
  asked: { word: 'opensearch', shows: 'three OpenSearch nodes rolled to a new version, and the ses API' },
  async lacks() {
    const available = await openSearchAvailable();
    return available.ok ? undefined : available.reason;
  },
  async open(ground) {
    const { cluster, facadeUrl, say } = ground;
    const nodes = names.map((name) => ({ name, roles: ['cluster_manager', 'data'] }));
    say('Starting three OpenSearch nodes on this machine, about half a minute.');
    const search = await OpenSearchCluster.start('search', nodes, ['2.7.0', '2.9.0'], say);
    const credential = signatureKind.make();
    const caller = { name: 'make-run-ses', callers: sesCallers, credential, taskNamespaces: ['default'] };
    const given = await giveCredential(cluster, caller);
    const { accessKey = '', secretKey = '' } = credential.data;
    const pair = { accessKey, secretKey };

    async function progress(): Promise<string> {
      const headers = { 'content-type': 'application/json', ...signedHeaders(progressPath, pair) };
      const answer = await fetch(`${facadeUrl}${progressPath}`, { method: 'POST', headers, body });
      return answer.text();
    }

    return {
      async show() {
        await makeUpgrade(ground, search);
        say();
        say('kubectl apply: an AgentJob, and a RollingUpgrade of the three nodes from 2.7.0 to 2.9.0');
        await mustKubectl(cluster, [
          'wait',
          'rollingupgrade/search-to-2.9.0',
          '--for=jsonpath={.status.current}',
          patience,
        ]);
        say((await mustKubectl(cluster, ['get', 'rollingupgrades'])).trimEnd());
        const ended = ['--for=condition=Reconciling=false', patience];
        await mustKubectl(cluster, ['wait', 'rollingupgrade/search-to-2.9.0', ...ended]);
        say((await mustKubectl(cluster, ['get', 'rollingupgrades'])).trimEnd());
        say(`POST ${progressPath}`);
        say(`  ${await progress()}`);
      },
      lines: [
        '# how far the upgrade of a search cluster is; each call is signed anew',
        ...paths.map((path) => signedCurlLine(facadeUrl, path, pair)),
        '# which clusters there are, and whether this one could be upgraded again',
        signedCurlLine(facadeUrl, '/api/v2/cluster/getClusterInfoList', pair, 'GET'),
        signedCurlLine(facadeUrl, '/api/v2/cluster/rollingUpgradePreCheck', pair),
        '# the search cluster itself',
        `curl -sS '${search.urls[0]}/_cat/nodes?h=name,version,cluster_manager'`,
      ],
      async leave() {
        if (!cluster.given) return;
        // Without its controller and its nodes it would never come to its end.
        for (const object of ['rollingupgrade/search-to-2.9.0', 'agentjob/replace-opensearch'])
          await mustKubectl(cluster, ['delete', '--ignore-not-found', '--timeout=120s', object]);
      },
      async close() {
        await search.stop();
        await given.remove();
      },
    };
  },
};

async function makeUpgrade({ cluster }: Pick<Ground, 'cluster'>, search: OpenSearchCluster): Promise<void> {
  const metadata = { namespace: 'default' };
  const apiVersion = 'fleetwright.io/v1alpha1';
  const nodes = names.map((name) => ({ name, host: name }));
  const items = [
    {
      apiVersion,
      kind: 'AgentJob',
      metadata: { ...metadata, name: 'replace-opensearch' },
      spec: { content: replacingContent(search.folder) },
    },
    {
      apiVersion,
      kind: 'RollingUpgrade',
      metadata: { ...metadata, name: 'search-to-2.9.0' },
      spec: {
        serviceGroupInstanceNo: number,
        targetVersion: '2.9.0',
        engine: { openSearch: { endpoints: search.urls } },
        members: { hosts: { nodes, taskTemplate: { jobRef: { name: 'replace-opensearch' } } } },
      },
    },
  ];
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  await mustKubectl(cluster, ['apply', '-f', '-'], { input });
}

/** A whole line for a POSIX shell with openssl. */
function signedCurlLine(
  url: string,
  path: string,
  { accessKey, secretKey }: KeyPair,
  method: 'GET' | 'POST' = 'POST',
): string {
  const hash = `openssl dgst -sha256 -hmac '${secretKey}' -binary | base64`;
  const sign = `printf '${method} ${path}\\n%s\\n${accessKey}' $T | ${hash}`;
  const headers = [
    `-H 'x-ncp-iam-access-key: ${accessKey}'`,
    '-H "x-ncp-apigw-timestamp: $T"',
    `-H "x-ncp-apigw-signature-v2: $(${sign})"`,
    "-H 'content-type: application/json'",
  ].join(' ');
  const sent = method === 'GET' ? '' : ` -d '${body}'`;
  return `T=$(date +%s)000; curl -sS ${url}${path} ${headers}${sent}`;
}
