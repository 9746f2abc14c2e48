import { signatureKind } from '../../../apiserver/ses/signature-kind.ts';
import { sesCallers } from '../../../apiserver/ses/callers.ts';
import { signatureOf } from '../../../apiserver/ses/signature.ts';
import { mustKubectl } from '../../cluster/kubectl.ts';
import { openSearchAvailable } from '../../opensearch/available.ts';
import { OpenSearchCluster } from '../../opensearch/cluster.ts';
import { replacingContent } from '../../opensearch/job.ts';
import type { Demo, Ground } from '../demo.ts';
import { giveCredential } from '../site.ts';

const names = ['os-1', 'os-2', 'os-3'];
const number = '3427188';
const path = '/api/v2/cluster/getRollingUpgradeProgress';
/** A roll of three small nodes takes a minute; a busy machine takes its time. */
const patience = '--timeout=900s';

/** Three real nodes on this machine are rolled from 2.7.0 to 2.9.0, and REST calls tell how far it is. */
export const rollingUpgradeDemo: Demo = {
  asked: 'opensearch',
  async open(ground) {
    const { cluster, facadeUrl, say } = ground;
    const available = await openSearchAvailable();
    if (!available.ok) throw new Error(`WITH=opensearch: ${available.reason}`);
    const nodes = names.map((name) => ({ name, roles: ['cluster_manager', 'data'] }));
    say('Starting three OpenSearch nodes on this machine.');
    const search = await OpenSearchCluster.start('search', nodes, ['2.7.0', '2.9.0'], say);
    const credential = signatureKind.make();
    const caller = { name: 'make-run-ses', callers: sesCallers, credential, taskNamespaces: ['default'] };
    const given = await giveCredential(cluster, caller);
    const { accessKey = '', secretKey = '' } = credential.data;

    async function progress(): Promise<unknown> {
      const timestamp = String(Date.now());
      const signature = signatureOf({ method: 'POST', uri: path, timestamp, accessKey }, secretKey).toString('base64');
      const headers = {
        'x-ncp-iam-access-key': accessKey,
        'x-ncp-apigw-timestamp': timestamp,
        'x-ncp-apigw-signature-v2': signature,
      };
      const body = JSON.stringify({ serviceGroupInstanceNo: number });
      const answer = await fetch(`${facadeUrl}${path}`, { method: 'POST', headers, body });
      return answer.json();
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
        say(`POST ${path}`);
        say(`  ${JSON.stringify(await progress())}`);
      },
      lines: [
        '# how far the upgrade of a search cluster is; each call is signed anew',
        signedCurlLine(`${facadeUrl}${path}`, accessKey, secretKey),
        '# the search cluster itself',
        `curl -sS ${search.urls[0]}/_cat/nodes?h=name,version,cluster_manager`,
      ],
      async close() {
        await search.stop();
        if (cluster.given) {
          const kinds = ['rollingupgrade/search-to-2.9.0', 'agentjob/replace-opensearch'];
          await mustKubectl(cluster, ['delete', '--ignore-not-found', '--wait=false', ...kinds]);
        }
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
function signedCurlLine(url: string, accessKey: string, secretKey: string): string {
  const hash = `openssl dgst -sha256 -hmac '${secretKey}' -binary | base64`;
  const sign = `printf 'POST ${path}\\n%s\\n${accessKey}' $T | ${hash}`;
  const headers = [
    `-H 'x-ncp-iam-access-key: ${accessKey}'`,
    '-H "x-ncp-apigw-timestamp: $T"',
    `-H "x-ncp-apigw-signature-v2: $(${sign})"`,
  ].join(' ');
  return `T=$(date +%s)000; curl -sS ${url} ${headers} -d '{"serviceGroupInstanceNo": "${number}"}'`;
}
