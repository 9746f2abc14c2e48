import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { NoManagerError } from '../../../controllers/rollingupgrade/engine/errors.ts';
import type { PlayedSearchCluster } from './search-cluster.ts';

/** A played search cluster with the REST interface of OpenSearch, as far as an upgrade asks. */
export interface ServedSearchCluster {
  readonly url: string;
  /** Calls so far, as `METHOD path`. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

const allocationKey = 'cluster.routing.allocation.enable';

const indexSettings =
  'index.number_of_replicas,index.auto_expand_replicas,index.routing.allocation.enable,index.version.created';

interface Answer {
  readonly status?: number;
  readonly body: unknown;
}

export async function serveSearchCluster(cluster: PlayedSearchCluster): Promise<ServedSearchCluster> {
  const asked: string[] = [];
  const server = createServer((request, reply) => {
    void (async () => {
      const path = (request.url ?? '').split('?')[0] ?? '';
      asked.push(`${request.method} ${path}`);
      const { status = 200, body } = await answerTo(cluster, request.method ?? '', path, await bodyOf(request));
      reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () => closed(server),
  };
}

async function answerTo(cluster: PlayedSearchCluster, method: string, path: string, body: unknown): Promise<Answer> {
  const engine = cluster.engine();
  switch (`${method} ${path}`) {
    case 'GET /_cluster/health':
      return health(cluster);
    case 'GET /_cluster/state/nodes,master_node':
      return { body: state(cluster) };
    case 'GET /_nodes/process':
      return { body: { nodes: byId(cluster, ({ version, roles }) => ({ version, roles })) } };
    case 'GET /':
      return { body: { cluster_name: cluster.name, cluster_uuid: cluster.uuid } };
    case 'GET /_cluster/settings':
      return { body: { persistent: scope(cluster.persistent), transient: scope(cluster.transient) } };
    case `GET /_all/_settings/${indexSettings}`:
      return { body: settingsOf(cluster) };
    case 'GET /_cluster/state/metadata/no-such-index':
      return { body: { metadata: { cluster_coordination: { voting_config_exclusions: [] } } } };
    case 'GET /_cat/allocation':
    case 'GET /_cat/plugins':
      return { body: [] };
    case 'GET /_cat/shards':
      return {
        body: (await engine.copies()).map(({ primary, shard, node = null, ...row }) => ({
          ...row,
          node,
          shard: String(shard),
          prirep: primary ? 'p' : 'r',
        })),
      };
    case 'PUT /_cluster/settings': {
      const { persistent } = body as { readonly persistent: Readonly<Record<string, string | null>> };
      await engine.setAllocation(persistent[allocationKey] ?? undefined);
      return { body: { acknowledged: true, persistent: {}, transient: {} } };
    }
    case 'GET /_snapshot/_status':
      return { body: {} };
    case 'POST /_flush':
      return { body: { _shards: { total: 2, successful: 2, failed: 0 } } };
    default:
      return { status: 400, body: { error: { type: 'illegal_argument_exception', reason: `nobody plays ${path}` } } };
  }
}

/** It is the first call of a look, with which time passes in the cluster. */
async function health(cluster: PlayedSearchCluster): Promise<Answer> {
  try {
    const { health: status } = await cluster.engine().look();
    return { body: { cluster_name: cluster.name, status, timed_out: false, discovered_cluster_manager: true } };
  } catch (error) {
    if (!(error instanceof NoManagerError)) throw error;
    const type = 'cluster_manager_not_discovered_exception';
    return { status: 503, body: { error: { type, reason: null }, status: 503 } };
  }
}

function state(cluster: PlayedSearchCluster): unknown {
  const nodes = byId(cluster, ({ name, starts }) => ({ name, ephemeral_id: `${name}-${starts}` }));
  return { master_node: `id-of-${cluster.manager}`, nodes };
}

function byId<T>(
  { members }: PlayedSearchCluster,
  facts: (member: PlayedSearchCluster['members'][number]) => T,
): Readonly<Record<string, T>> {
  const present = members.filter((member) => member.present);
  return Object.fromEntries(present.map((member) => [`id-of-${member.name}`, facts(member)]));
}

function scope(value: string | undefined): Readonly<Record<string, string>> {
  return value === undefined ? {} : { [allocationKey]: value };
}

function settingsOf({ indices }: PlayedSearchCluster): unknown {
  return Object.fromEntries(
    indices.map(({ name, replicas, allocation }) => {
      const own = allocation === undefined ? {} : { 'index.routing.allocation.enable': allocation };
      return [name, { settings: { 'index.number_of_replicas': String(replicas), ...own } }];
    }),
  );
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text === '' ? undefined : JSON.parse(text);
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
