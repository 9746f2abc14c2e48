import { cp, copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { withProgress } from '../cluster/binaries/progress.ts';
import type { Log } from '../cluster/binaries/progress.ts';
import { checkoutFolder } from '../cluster/checkout.ts';
import { packLayer } from './archive.ts';
import { cached } from './places.ts';
import { run } from './run.ts';

/** Where the programs are in the images. */
export const home = '/opt/fleetwright';

const folders = ['apiserver', 'controllers', 'crds', 'history', 'kube'] as const;
const files = ['package.json', 'LICENSE'] as const;

const install = ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];

/** Node.js and the packages that the programs import, as a layer. Throws ClusterError IMAGE_FAILED. */
export async function packagesLayer(log: Log): Promise<string> {
  const inputs = await Promise.all(
    ['package.json', 'package-lock.json', '.npmrc'].map((name) => readFile(join(checkoutFolder, name), 'utf8')),
  );
  return cached('packages.tar', { install, inputs }, async (draft) => {
    const root = `${draft}.root`;
    try {
      const app = join(root, home);
      await mkdir(app, { recursive: true });
      for (const name of ['package.json', 'package-lock.json', '.npmrc']) {
        await copyFile(join(checkoutFolder, name), join(app, name));
      }
      await withProgress(log, 'npm packages', ', once for each package-lock.json', () =>
        run('npm', install, { cwd: app }),
      );
      await Promise.all([rm(join(app, '.npmrc')), rm(join(app, 'package-lock.json'))]);
      // Of a development dependency only for want of another way to pin it: the very Node.js that the tests run on.
      await mkdir(join(root, 'usr/local/bin'), { recursive: true });
      await copyFile(join(checkoutFolder, 'node_modules/node/bin/node'), join(root, 'usr/local/bin/node'));
      await packLayer(root, draft);
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  });
}

/** This checkout's programs as a layer: `file`. */
export async function sourcesLayer(file: string): Promise<string> {
  const root = `${file}.root`;
  const app = join(root, home);
  try {
    await mkdir(app, { recursive: true });
    for (const name of folders) {
      await cp(join(checkoutFolder, name), join(app, name), {
        recursive: true,
        filter: (source) => !source.endsWith('__pycache__'),
      });
    }
    for (const name of files) {
      await copyFile(join(checkoutFolder, name), join(app, name));
    }
    await packLayer(root, file);
    return file;
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
