import { createdVersion } from '../versions.ts';
import type { DiskFacts, IndexFacts, SnapshotFacts, Survey } from './engine.ts';
import { field, recordOf, textOf } from './json.ts';

/* How OpenSearch answers what is asked before the start. In its tables every value is a text, or null. */

/** @param body of GET _settings, flat */
export function indicesOf(body: unknown): readonly IndexFacts[] {
  return Object.entries(recordOf(body)).map(([name, index]) => {
    const settings = recordOf(field(index, 'settings'));
    const text = (key: string): string | undefined => textOf(settings[key]) || undefined;
    const autoExpand = text('index.auto_expand_replicas');
    return {
      name,
      replicas: Number(text('index.number_of_replicas') ?? 1),
      allocation: text('index.routing.allocation.enable'),
      created: createdVersion(text('index.version.created') ?? ''),
      autoExpand: autoExpand === 'false' ? undefined : autoExpand,
    };
  });
}

/** @param body of GET _cat/allocation, in bytes; a node that has just joined has no figures yet */
export function disksOf(body: unknown): readonly DiskFacts[] {
  return rowsOf(body).flatMap((row) => {
    const [node, total, available] = [textOf(row['node']), textOf(row['disk.total']), textOf(row['disk.avail'])];
    return node === '' || total === '' || available === ''
      ? []
      : [{ node, total: Number(total), available: Number(available) }];
  });
}

const diskPrefix = 'cluster.routing.allocation.disk.';

/** @param body of GET _cluster/settings, flat, with its defaults. What is set in passing wins over what is kept. */
export function lowWatermarkOf(body: unknown): string | undefined {
  const value = (key: string): string =>
    ['transient', 'persistent', 'defaults']
      .map((scope) => textOf(recordOf(field(body, scope))[diskPrefix + key]))
      .find((text) => text !== '') ?? '';
  return value('threshold_enabled') === 'false' ? undefined : value('watermark.low') || undefined;
}

/** @param body of GET _cluster/state/metadata */
export function excludedOf(body: unknown): readonly string[] {
  const coordination = field(field(body, 'metadata'), 'cluster_coordination');
  const exclusions = field(coordination, 'voting_config_exclusions');
  return (Array.isArray(exclusions) ? exclusions : []).map((exclusion: unknown) =>
    textOf(field(exclusion, 'node_name')),
  );
}

/** @param body of GET _cat/plugins */
export function pluginsOf(body: unknown): Survey['plugins'] {
  return rowsOf(body).map((row) => ({ node: textOf(row['name']), plugin: textOf(row['component']) }));
}

/** @param body of GET _cat/snapshots, which tells times in seconds */
export function latestOf(body: unknown): SnapshotFacts | undefined {
  const ended = rowsOf(body)
    .filter((row) => row['status'] === 'SUCCESS')
    .map((row) => ({ name: textOf(row['id']), ended: new Date(Number(row['end_epoch']) * 1000) }));
  return ended.toSorted((one, other) => other.ended.getTime() - one.ended.getTime())[0];
}

function rowsOf(body: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(body) ? body.map((row: unknown) => recordOf(row)) : [];
}
