import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { run } from './run.ts';

/** How a container of the image starts: the fields of the image configuration that Docker documents. */
export interface ImageSettings {
  readonly User?: string;
  readonly WorkingDir?: string;
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Labels?: Readonly<Record<string, string>>;
}

export interface ImageParts {
  /** Name without a tag, with a registry in front. */
  readonly repository: string;
  /** Tar files, the lowest first. */
  readonly layers: readonly string[];
  readonly settings: ImageSettings;
}

export interface Image {
  /** Repository and tag. The tag is the beginning of the digest of the content: equal content, equal name. */
  readonly reference: string;
  readonly repository: string;
  readonly tag: string;
  /** A tar file in docker-archive form, for `docker load`, `ctr images import` and `kind load image-archive`. */
  readonly file: string;
}

const tagLength = 16;

/** Options that make GNU tar write the same bytes for the same files. */
const reproducible: readonly string[] = [
  '--sort=name',
  '--mtime=@0',
  '--numeric-owner',
  // Whatever mask the checkout was made with.
  '--mode=u+rwX,go+rX,go-w',
  '--format=posix',
  '--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime',
];

/**
 * Writes an image as `<folder>/<last part of the repository>.tar`, whole or not at all. Throws ClusterError
 * IMAGE_FAILED.
 */
export async function writeImage(parts: ImageParts, folder: string): Promise<Image> {
  await mkdir(folder, { recursive: true });
  const staging = await mkdtemp(join(folder, '.draft-'));
  try {
    const digests = await Promise.all(parts.layers.map(sha256));
    const config = JSON.stringify({
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      os: 'linux',
      // The time at which it was made would make equal images differ.
      created: '1970-01-01T00:00:00Z',
      config: parts.settings,
      rootfs: { type: 'layers', diff_ids: digests.map((digest) => `sha256:${digest}`) },
      history: digests.map(() => ({ created: '1970-01-01T00:00:00Z' })),
    });
    const id = createHash('sha256').update(config).digest('hex');
    const reference = `${parts.repository}:${id.slice(0, tagLength)}`;
    for (const [index, layer] of parts.layers.entries()) {
      const target = join(staging, digests[index] ?? '');
      await mkdir(target, { recursive: true });
      await link(layer, join(target, 'layer.tar'));
    }
    await writeFile(join(staging, `${id}.json`), config);
    await writeFile(
      join(staging, 'manifest.json'),
      JSON.stringify([
        { Config: `${id}.json`, RepoTags: [reference], Layers: digests.map((digest) => `${digest}/layer.tar`) },
      ]),
    );
    const file = join(folder, `${parts.repository.slice(parts.repository.lastIndexOf('/') + 1)}.tar`);
    const draft = `${staging}.tar`;
    // By name: readers look for `manifest.json`, and some do not find `./manifest.json`.
    await run('tar', [
      ...reproducible,
      '--owner=0',
      '--group=0',
      '-cf',
      draft,
      '-C',
      staging,
      ...(await readdir(staging)).toSorted(),
    ]);
    await rename(draft, file);
    return { reference, repository: parts.repository, tag: id.slice(0, tagLength), file };
  } finally {
    await rm(staging, { recursive: true, force: true });
    await rm(`${staging}.tar`, { force: true });
  }
}

/** Packs the content of a folder as a layer, with root as the owner of everything. */
export async function packLayer(folder: string, file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await run('tar', [...reproducible, '--owner=0', '--group=0', '-cf', file, '-C', folder, '.']);
}

/** Hexadecimal SHA-256 of a file's content. */
export async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
