import { posix } from 'node:path';
import type { Import } from './imports.ts';

/** Which parts of the repository each part may import from, besides itself. Tests may import from everywhere. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  kube: [],
  crds: ['kube'],
  history: ['kube', 'crds'],
  controllers: ['kube', 'crds'],
  apiserver: ['kube', 'crds', 'history'],
};

/**
 * Folders that serve one kind or one documented API each. They do not know each other; all other folders beside them
 * are shared.
 */
const isolated: Readonly<Record<string, (folder: string) => boolean>> = {
  controllers: (folder) => folder !== 'shared',
  history: (folder) => !['recorder', 'sqlite', 'postgres', 'storage'].includes(folder),
  apiserver: (folder) => ['stage', 'kvol', 'ses', 'jobx', 'dispatch', 'console'].includes(folder),
};

/** Of the files beside these folders, those that know them. Others go by the list that these hold. */
const lists: Readonly<Record<string, string>> = { apiserver: 'apis.ts', controllers: 'kinds.ts', history: 'kinds.ts' };

/** Folders that know the list itself. All else is known to the list, or serves what is. */
const knowList: ReadonlySet<string> = new Set(['apiserver/openapi', 'apiserver/credential']);

/**
 * Judges one import of a file against the layering.
 * @param file path of the importing file, relative to the repository's root.
 * @param exists says whether the repository has a file of this path.
 * @returns what is wrong, in a sentence that names the file and the import, or undefined.
 */
export function breach(file: string, specifier: Import, exists: (path: string) => boolean): string | undefined {
  const layered = allowed[file.split('/')[0] ?? ''] !== undefined;
  if (specifier === undefined) {
    return layered
      ? `${file} imports a computed path: import by a literal, so that the layering can be seen`
      : undefined;
  }
  if (specifier.startsWith('/') || specifier.startsWith('file:'))
    return `${file} imports ${specifier}: use a relative path`;
  if (!specifier.startsWith('.')) return undefined;
  const target = posix.join(posix.dirname(file), specifier);
  if (target.startsWith('..')) return `${file} imports ${specifier}, which is outside the repository`;
  if (!exists(target))
    return `${file} imports ${specifier}, but there is no file ${target}; write the path with its ending`;
  return betweenLayers(file, target) ?? withinLayer(file, target);
}

function betweenLayers(file: string, target: string): string | undefined {
  const [layer = ''] = file.split('/');
  const [targetLayer = ''] = target.split('/');
  const rules = allowed[layer];
  if (rules === undefined || layer === targetLayer || rules.includes(targetLayer)) return undefined;
  return `${file} imports ${target}: ${layer}/ may import ${list(rules)} only`;
}

function withinLayer(file: string, target: string): string | undefined {
  const [layer = '', folder = '', ...below] = file.split('/');
  const [targetLayer, targetFolder = '', ...targetBelow] = target.split('/');
  const apart = isolated[layer];
  if (apart === undefined || layer !== targetLayer) return undefined;
  const isolatedTarget = targetBelow.length > 0 && apart(targetFolder);
  if (below.length === 0) return isolatedTarget ? besideFolders(file, target) : undefined;
  if (targetFolder === lists[layer] && !knowList.has(`${layer}/${folder}`))
    return `${file} imports ${target}: what is listed, and what serves it, does not know the list`;
  if (targetFolder === 'main.ts')
    return `${file} imports ${target}: the main module knows the parts, not the other way round`;
  if (!isolatedTarget || folder === targetFolder) return undefined;
  return `${file} imports ${target}: ${layer}/${folder} and ${layer}/${targetFolder} must not know each other`;
}

/** A file beside the folders wires them and may know them all, unless there is a list. */
function besideFolders(file: string, target: string): string | undefined {
  const [layer = '', name] = file.split('/');
  const listing = lists[layer];
  if (listing === undefined || name === listing) return undefined;
  return `${file} imports ${target}: only ${layer}/${listing} names what is listed there`;
}

function list(layers: readonly string[]): string {
  return ['itself', ...layers.map((layer) => `${layer}/`)].join(', ');
}
