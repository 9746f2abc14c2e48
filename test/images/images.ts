import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../cluster/binaries/progress.ts';
import { placesFrom } from '../cluster/binaries/lookup.ts';
import { checkoutFolder } from '../cluster/checkout.ts';
import { withLock } from '../cluster/lock.ts';
import { home, packagesLayer, sourcesLayer } from './app.ts';
import { writeImage } from './archive.ts';
import type { Image, ImageSettings } from './archive.ts';
import { ansibleLayer, debianLayer } from './debian.ts';

export interface Images {
  /** Facade and recorder. */
  readonly fleetwright: Image;
  /** Controllers, and the pods of tasks that run as Jobs: both run Ansible. */
  readonly runner: Image;
}

const registry = 'fleetwright.example';
/** Where the images of this checkout are put. */
export const imagesFolder = join(checkoutFolder, '.fleetwright', 'images');

/**
 * Assembles both images as files in docker-archive form, without a container engine: Debian packages, the npm packages
 * of the lock file, the Python packages of the requirements, and this checkout. Parts that did not change come from the
 * cache. Throws ClusterError IMAGE_FAILED, GO_MISSING or LOCK_TIMEOUT.
 */
export async function makeImages(folder: string, log: Log): Promise<Images> {
  const lock = join(placesFrom(process.env).cacheFolder, 'images.lock');
  return withLock(lock, () => assemble(folder, log), {
    onWait: (owner) => log(`process ${owner} is making images already; waiting for it`),
  });
}

async function assemble(folder: string, log: Log): Promise<Images> {
  await mkdir(folder, { recursive: true });
  const debian = await debianLayer(log);
  const ansible = await ansibleLayer(log);
  const packages = await packagesLayer(log);
  const sources = await sourcesLayer(join(folder, 'sources-layer.tar'));
  const { version } = await packageFile();
  const facade = settings('facade and recorder', version);
  const controllers = settings('controllers with Ansible', version);
  try {
    const fleetwright = await writeImage(
      {
        repository: `${registry}/fleetwright`,
        layers: [debian, packages, sources],
        settings: { ...facade, Entrypoint: ['node'], Cmd: ['apiserver/main.ts', '--help'] },
      },
      folder,
    );
    const runner = await writeImage(
      {
        repository: `${registry}/fleetwright-runner`,
        layers: [ansible, packages, sources],
        settings: {
          ...controllers,
          Env: [...controllers.Env, 'FLEETWRIGHT_ANSIBLE_RUNNER=/opt/ansible/bin/ansible-runner'],
          Entrypoint: ['/usr/bin/tini', '--', 'node'],
          Cmd: ['controllers/main.ts', '--help'],
        },
      },
      folder,
    );
    return { fleetwright, runner };
  } finally {
    await rm(sources);
  }
}

/** What both have in common. The Dockerfile says the same for those who build with an engine. */
function settings(what: string, version: string): ImageSettings & { readonly Env: readonly string[] } {
  return {
    User: '65532:65532',
    WorkingDir: home,
    Env: ['PATH=/usr/local/bin:/usr/bin:/bin', 'HOME=/tmp', 'NODE_ENV=production'],
    Labels: {
      'org.opencontainers.image.title': 'Fleetwright',
      'org.opencontainers.image.description': `Day-2 operations for fleets: ${what}`,
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.licenses': 'Apache-2.0',
    },
  };
}

async function packageFile(): Promise<{ readonly version: string }> {
  const value: unknown = JSON.parse(await readFile(join(checkoutFolder, 'package.json'), 'utf8'));
  const version = typeof value === 'object' && value !== null && 'version' in value ? value.version : undefined;
  return { version: typeof version === 'string' ? version : 'unknown' };
}
