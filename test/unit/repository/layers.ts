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

/** Folders that serve one kind or one documented API each. They do not know each other; all other folders beside them are shared. */
const isolated: Readonly<Record<string, (folder: string) => boolean>> = {
  controllers: () => true,
  apiserver: (folder) => ['stage', 'kvol', 'ses', 'jobx', 'dispatch', 'console'].includes(folder),
};

/**
 * Judges one import of a file against the layering.
 * @param file path of the importing file, relative to the repository's root.
 * @param exists says whether the repository has a file of this path.
 * @returns what is wrong, in a sentence that names the file and the import, or undefined.
 */
export function breach(file: string, specifier: Import, exists: (path: string) => boolean): string | undefined {
  const from = file.split('/');
  const [layer = ''] = from;
  const rules = allowed[layer];
  if (specifier === undefined) {
    return rules === undefined ? undefined : `${file} imports a computed path: import by a literal, so that the layering can be seen`;
  }
  if (specifier.startsWith('/') || specifier.startsWith('file:')) return `${file} imports ${specifier}: use a relative path`;
  if (!specifier.startsWith('.')) return undefined;
  const target = posix.join(posix.dirname(file), specifier);
  if (target.startsWith('..')) return `${file} imports ${specifier}, which is outside the repository`;
  if (!exists(target)) return `${file} imports ${specifier}, but there is no file ${target}; write the path with its ending`;
  if (rules === undefined) return undefined;

  const to = target.split('/');
  const [targetLayer = ''] = to;
  if (targetLayer !== layer) {
    return rules.includes(targetLayer) ? undefined : `${file} imports ${target}: ${layer}/ may import ${list(rules)} only`;
  }
  const apart = isolated[layer];
  if (apart === undefined || from.length < 3) return undefined;
  const [, folder = ''] = from;
  const [, targetFolder = ''] = to;
  if (to.length < 3) {
    return targetFolder === 'main.ts' ? `${file} imports ${target}: the main module knows the parts, not the other way round` : undefined;
  }
  return folder !== targetFolder && apart(targetFolder)
    ? `${file} imports ${target}: ${layer}/${folder} and ${layer}/${targetFolder} must not know each other`
    : undefined;
}

function list(layers: readonly string[]): string {
  return ['itself', ...layers.map((layer) => `${layer}/`)].join(', ');
}
