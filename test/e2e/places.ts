import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { AgentTask } from '../../crds/types/agenttask.ts';
import type { ConfigMap } from '../../kube/builtin.ts';
import type { KubeObject } from '../../kube/objects.ts';
import { historyPlaces, unpacked } from '../integration/secrets-places.ts';
import type { Installation } from './installation.ts';

/** Kinds whose objects hold secrets by right. */
const secretKinds = new Set(['secrets']);

/**
 * Everything that others than the hosts themselves have of what was done, by where it stands. What people wrote into
 * `spec` of a task is not it.
 */
export async function placesOf(installation: Installation): Promise<ReadonlyMap<string, string>> {
  const { site } = installation;
  const { local, nodes } = site.e2e;
  const kinds = (await site.kubectl(['api-resources', '--verbs=list', '-o', 'name']))
    .trim()
    .split('\n')
    .filter((kind) => !secretKinds.has(kind));
  const places = new Map<string, string>();
  for (const kind of kinds) places.set(kind, await textOf(installation, kind));
  if (local !== undefined) {
    for (const node of nodes) await addLogs(places, join(local.folders[node] ?? '', 'var/log/pods'), node);
    const [place, text] = ['history', join(local.folders[nodes[0] ?? ''] ?? '', installation.historyFolder)] as const;
    for (const name of (await readdir(text)).filter((file) => file.endsWith('.sqlite'))) {
      for (const [what, content] of await historyPlaces(join(text, name))) places.set(`${place}: ${what}`, content);
    }
  }
  return places;
}

async function textOf({ site }: Installation, kind: string): Promise<string> {
  const json = await site.kubectl(['get', kind, '--all-namespaces', '-o', 'json']);
  if (kind.startsWith('agenttasks.')) {
    const list: { readonly items: readonly AgentTask[] } = JSON.parse(json);
    return JSON.stringify(list.items.map(({ metadata, status }) => ({ metadata: withoutApplied(metadata), status })));
  }
  if (kind !== 'configmaps') return json;
  const list: { readonly items: readonly ConfigMap[] } = JSON.parse(json);
  return [json, ...list.items.flatMap(unpacked)].join('\n');
}

function withoutApplied(metadata: KubeObject['metadata']): object {
  return { ...metadata, managedFields: undefined };
}

/** All that containers wrote on a node, also those that are gone. */
async function addLogs(places: Map<string, string>, folder: string, node: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((file) => file.isFile())) {
    const path = join(entry.parentPath, entry.name);
    places.set(`log on ${node}: ${relative(folder, path)}`, await readFile(path, 'utf8'));
  }
}
