import type { OutsideAnswer, OutsideClient } from '../../shared/outside/client.ts';
import { UnknownAnswerError } from '../../shared/outside/errors.ts';
import type { ClusterLook, EngineNode, Explanation, IndexFacts, SearchEngine, ShardCopy, Survey } from './engine.ts';
import { NoManagerError } from './errors.ts';
import { field, isRecord, recordOf, textsOf, textOf } from './json.ts';
import { disksOf, excludedOf, indicesOf, latestOf, lowWatermarkOf, pluginsOf } from './survey.ts';

const allocationKey = 'cluster.routing.allocation.enable';

/** Settings with which somebody steers shards, besides allocationKey. */
const steeringPrefix = 'cluster.routing.allocation.';
/** Of these, what only says how fast or how full: it stands in nobody's way. */
const harmless =
  /^cluster\.routing\.allocation\.(node_|cluster_concurrent|disk\.|balance\.|awareness\.|type$|same_shard)/;

/** Milliseconds. A flush waits for a minute where a primary is missing. */
const flushTimeout = 90_000;
const settingsTimeout = 40_000;

/**
 * OpenSearch by its REST interface. Several of its answers are not what they seem:
 * - The answer to a settings PUT shows only what that request changed, not what holds: look afterwards.
 * - Health may be green with everybody counted after a node has gone: go by `ephemeralID`.
 * - Health says nothing of shards that are about to be placed: ask for each copy why it is nowhere. Asked without a
 *   body, the explanation is of a shard of its own choice.
 */
export class OpenSearch implements SearchEngine {
  readonly #client: Pick<OutsideClient, 'call'>;

  constructor(client: Pick<OutsideClient, 'call'>) {
    this.#client = client;
  }

  async look(): Promise<ClusterLook> {
    const health = await this.#get('/_cluster/health?timeout=5s', [408, 503]);
    if (isManagerless(health)) throw new NoManagerError();
    const state = await this.#get(
      '/_cluster/state/nodes,master_node?filter_path=master_node,nodes.*.name,nodes.*.ephemeral_id',
    );
    const info = await this.#get('/_nodes/process?timeout=5s&filter_path=nodes.*.version,nodes.*.roles');
    const root = await this.#get('/?filter_path=cluster_name,cluster_uuid');
    const settings = await this.#get('/_cluster/settings?flat_settings=true', [503]);
    if (isManagerless(settings)) throw new NoManagerError();
    const members = recordOf(field(state.body, 'nodes'));
    const manager = textOf(field(members[textOf(field(state.body, 'master_node'))], 'name'));
    if (manager === '') throw new NoManagerError();
    const status = textOf(field(health.body, 'status'));
    if (status !== 'green' && status !== 'yellow' && status !== 'red') throw unknown('GET /_cluster/health');
    return {
      name: textOf(field(root.body, 'cluster_name')),
      uuid: textOf(field(root.body, 'cluster_uuid')),
      health: status,
      manager,
      nodes: nodesOf(members, recordOf(field(info.body, 'nodes'))),
      ...settingsOf(settings.body),
    };
  }

  async indices(): Promise<readonly IndexFacts[]> {
    const names =
      'index.number_of_replicas,index.auto_expand_replicas,index.routing.allocation.enable,index.version.created';
    const { body } = await this.#get(`/_all/_settings/${names}?flat_settings=true&expand_wildcards=all`);
    return indicesOf(body);
  }

  async survey(repository: string | undefined): Promise<Survey> {
    const settings = await this.#get('/_cluster/settings?flat_settings=true&include_defaults=true');
    // Of no index: all of them together may be large.
    const state = await this.#get('/_cluster/state/metadata/no-such-index?filter_path=metadata.cluster_coordination');
    const disks = await this.#get('/_cat/allocation?format=json&bytes=b&h=node,disk.avail,disk.total');
    const plugins = await this.#get('/_cat/plugins?format=json&h=name,component');
    const snapshots =
      repository === undefined
        ? undefined
        : await this.#get(`/_cat/snapshots/${encodeURIComponent(repository)}?format=json&h=id,status,end_epoch`, [404]);
    return {
      indices: await this.indices(),
      disks: disksOf(disks.body),
      lowWatermark: lowWatermarkOf(settings.body),
      votingExclusions: excludedOf(state.body),
      plugins: pluginsOf(plugins.body),
      snapshots: snapshots?.status === 200 ? { latest: latestOf(snapshots.body) } : undefined,
    };
  }

  async copies(): Promise<readonly ShardCopy[]> {
    const { body } = await this.#get('/_cat/shards?format=json&h=index,shard,prirep,state,node&s=index,shard,prirep');
    if (!Array.isArray(body)) throw unknown('GET /_cat/shards');
    return body.map((row: unknown) => {
      // A column that it does not know, it leaves out without a word.
      if (!isRecord(row) || !['index', 'shard', 'prirep', 'state', 'node'].every((column) => column in row))
        throw unknown('GET /_cat/shards');
      // Of a copy that moves: "from -> address id to".
      const [node = ''] = textOf(row['node']).split(' -> ');
      return {
        index: textOf(row['index']),
        shard: Number(row['shard']),
        primary: row['prirep'] === 'p',
        state: textOf(row['state']),
        node: node === '' ? undefined : node,
      };
    });
  }

  async snapshotState(repository: string, name: string): Promise<string | undefined> {
    const path = `/_snapshot/${encodeURIComponent(repository)}/${encodeURIComponent(name)}`;
    const { status, body } = await this.#get(`${path}?filter_path=snapshots.state,error.type`, [404]);
    // That the repository is gone is no sign that the snapshot was never begun.
    if (status === 404 && textOf(field(field(body, 'error'), 'type')) === 'snapshot_missing_exception')
      return undefined;
    const found = field(body, 'snapshots');
    const state = textOf(field(Array.isArray(found) ? found[0] : undefined, 'state'));
    if (state === '') throw unknown('GET /_snapshot');
    return state;
  }

  async takeSnapshot(repository: string, name: string): Promise<void> {
    const path = `/_snapshot/${encodeURIComponent(repository)}/${encodeURIComponent(name)}`;
    const body = { include_global_state: true, partial: false };
    // 400 is for a name that is taken: what has it, a look tells.
    await this.#client.call({
      method: 'PUT',
      path: `${path}?wait_for_completion=false`,
      body,
      repeatable: true,
      timeout: settingsTimeout,
      reads: [400],
    });
  }

  async runningSnapshots(): Promise<readonly string[]> {
    const { body } = await this.#get('/_snapshot/_status?filter_path=snapshots.snapshot');
    const running = field(body, 'snapshots');
    return (Array.isArray(running) ? running : []).map((snapshot: unknown) => textOf(field(snapshot, 'snapshot')));
  }

  async explain(copy: ShardCopy): Promise<Explanation | undefined> {
    const { index, shard, primary } = copy;
    const { status, body } = await this.#client.call({
      method: 'POST',
      path: '/_cluster/allocation/explain',
      body: { index, shard, primary },
      repeatable: true,
      reads: [400, 404],
    });
    if (status >= 400 || textOf(field(body, 'current_state')) !== 'unassigned') return undefined;
    const decisions = field(body, 'node_allocation_decisions');
    return {
      copy,
      verdict: textOf(field(body, 'can_allocate')),
      against: (Array.isArray(decisions) ? decisions : []).flatMap((decision: unknown) => againstOf(decision)),
      said: textOf(field(body, 'allocate_explanation')),
    };
  }

  async setAllocation(value: string | undefined): Promise<void> {
    await this.#client.call({
      method: 'PUT',
      path: '/_cluster/settings',
      body: { persistent: { [allocationKey]: value ?? null } },
      repeatable: true,
      timeout: settingsTimeout,
    });
  }

  async flush(): Promise<void> {
    await this.#client.call({ method: 'POST', path: '/_flush', repeatable: true, timeout: flushTimeout });
  }

  #get(path: string, reads: readonly number[] = []): Promise<OutsideAnswer> {
    return this.#client.call({ method: 'GET', path, reads });
  }
}

function nodesOf(
  members: Readonly<Record<string, unknown>>,
  info: Readonly<Record<string, unknown>>,
): readonly EngineNode[] {
  return Object.entries(members).map(([id, member]) => {
    const version = textOf(field(info[id], 'version'));
    return {
      name: textOf(field(member, 'name')),
      ephemeralID: textOf(field(member, 'ephemeral_id')),
      version: version === '' ? undefined : version,
      roles: textsOf(field(info[id], 'roles')),
    };
  });
}

const scopes = ['persistent', 'transient'] as const;

function settingsOf(body: unknown): Pick<ClusterLook, 'allocation' | 'steering' | 'archived'> {
  const settings = scopes.flatMap((scope) =>
    Object.entries(recordOf(field(body, scope))).map(([key, value]) => ({ scope, key, value: textOf(value) })),
  );
  return {
    allocation: Object.fromEntries(
      settings.filter(({ key }) => key === allocationKey).map(({ scope, value }) => [scope, value]),
    ),
    steering: settings
      .filter(({ key }) => key.startsWith(steeringPrefix) && key !== allocationKey && !harmless.test(key))
      .map(({ scope, key, value }) => `${scope} ${key}=${value}`),
    archived: settings.filter(({ key }) => key.startsWith('archived.')).map(({ key }) => key),
  };
}

function againstOf(decision: unknown): Explanation['against'] {
  const node = textOf(field(decision, 'node_name'));
  const deciders = field(decision, 'deciders');
  return (Array.isArray(deciders) ? deciders : [])
    .filter((decider: unknown) => textOf(field(decider, 'decision')) === 'NO')
    .map((decider: unknown) => ({
      node,
      decider: textOf(field(decider, 'decider')),
      said: textOf(field(decider, 'explanation')),
    }));
}

/** Of both its names: the manager was once called master. */
function isManagerless({ status, body }: OutsideAnswer): boolean {
  const discovered = field(body, 'discovered_cluster_manager') ?? field(body, 'discovered_master');
  const type = textOf(field(field(body, 'error'), 'type'));
  if (status === 503) {
    if (/^(cluster_manager|master)_not_discovered_exception$/.test(type)) return true;
    throw new UnknownAnswerError('OpenSearch', `OpenSearch cannot tell at the moment: ${type || 'status 503'}`);
  }
  return discovered === false;
}

function unknown(call: string): UnknownAnswerError {
  return new UnknownAnswerError('OpenSearch', `OpenSearch answered ${call} in a form that is not known here`);
}
