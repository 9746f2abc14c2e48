import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../../kube/thrown.ts';
import { ContentPathError } from './errors.ts';

/** Where Ansible looks for roles beside the content path. */
export const systemRoles = ['/usr/share/ansible/roles', '/etc/ansible/roles'];

/** What Fleetwright brings itself. */
const ownLibrary = join(import.meta.dirname, '..', 'runner', 'library');

/**
 * Folders of the content path by the setting of Ansible that names them. What could change how runs are watched is not
 * among them.
 */
const pluginFolders = {
  ANSIBLE_MODULE_UTILS: 'module_utils',
  ANSIBLE_ACTION_PLUGINS: 'action_plugins',
  ANSIBLE_FILTER_PLUGINS: 'filter_plugins',
  ANSIBLE_LOOKUP_PLUGINS: 'lookup_plugins',
  ANSIBLE_TEST_PLUGINS: 'test_plugins',
} as const;

/**
 * Checks the folder with the operator's roles, modules and so on.
 * @returns its real path now, so that a run does not meet two versions where a link is turned to a new one under it
 * @throws ContentPathError with the fix
 */
export async function checkContentPath(path: string): Promise<string> {
  let real: string;
  let isFolder: boolean;
  try {
    real = await realpath(path);
    isFolder = (await stat(real)).isDirectory();
  } catch (error) {
    throw new ContentPathError(`${path} cannot be read (${messageOf(error)}). Create the folder or mount it.`, {
      cause: error,
    });
  }
  // Ansible splits lists of folders at colons and expands the others.
  if (!path.startsWith('/') || /[:$~{}%\n]/.test(real)) {
    throw new ContentPathError(
      `${JSON.stringify(path)} must be an absolute path, ` +
        `and the folder's real path must be without ":", "$", "~", "%" and braces.`,
    );
  }
  if (!isFolder) {
    throw new ContentPathError(`${path} is not a folder. Give the folder that holds roles/, library/ and so on.`);
  }
  return real;
}

/**
 * Settings by which Ansible finds roles, modules and plug-ins. Those of the content path come first, so that it may
 * replace ours.
 * @param contentPath as `checkContentPath` returned it
 * @param collectionsPath further folders with collections, separated by colons
 */
export function contentEnvironment(
  contentPath: string | undefined,
  collectionsPath: string | undefined,
): Record<string, string> {
  const inside = (folder: string): string[] => (contentPath === undefined ? [] : [join(contentPath, folder)]);
  const collections = [...inside('collections'), ...(collectionsPath === undefined ? [] : [collectionsPath])];
  const plugins = Object.entries(pluginFolders).flatMap(([setting, folder]) =>
    inside(folder).map((path): [string, string] => [setting, path]),
  );
  return {
    ANSIBLE_ROLES_PATH: [...inside('roles'), ...systemRoles].join(':'),
    ANSIBLE_LIBRARY: [...inside('library'), ownLibrary, '/usr/share/ansible/plugins/modules'].join(':'),
    ...Object.fromEntries(plugins),
    ...(collections.length === 0 ? {} : { ANSIBLE_COLLECTIONS_PATH: collections.join(':') }),
  };
}
