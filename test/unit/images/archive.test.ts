import { chmod, mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packLayer, sha256, writeImage } from '../../images/archive.ts';
import type { Image } from '../../images/archive.ts';
import { run } from '../../images/run.ts';
import { scratchFolder } from '../cluster/scratch.ts';

const repository = 'fleetwright.example/thing';

async function imageOf(
  content: string,
  modified: Date,
): Promise<{ readonly image: Image; readonly layers: readonly string[]; readonly folder: string }> {
  const folder = await scratchFolder();
  const layers = [];
  for (const name of ['below', 'above']) {
    const root = join(folder, name);
    await mkdir(root);
    // As a checkout looks that was made with a loose mask.
    await chmod(root, 0o777);
    await writeFile(join(root, `${name}.txt`), content);
    await utimes(join(root, `${name}.txt`), modified, modified);
    const layer = join(folder, `${name}.tar`);
    await packLayer(root, layer);
    layers.push(layer);
  }
  const image = await writeImage(
    { repository, layers, settings: { User: '65532:65532', Entrypoint: ['node'] } },
    join(folder, 'out'),
  );
  return { image, layers, folder };
}

describe('An image', () => {
  test('has the same tag and the same bytes when its content is the same, whenever that was written', async () => {
    const one = await imageOf('same', new Date('2020-01-01'));
    const other = await imageOf('same', new Date('2024-05-06'));
    expect(other.image.reference).toBe(one.image.reference);
    expect(await sha256(other.image.file)).toBe(await sha256(one.image.file));
  });

  test('has another tag when a file in it differs', async () => {
    const now = new Date();
    expect((await imageOf('one', now)).image.tag).not.toBe((await imageOf('two', now)).image.tag);
  });

  test('is a docker-archive whose configuration names the layers by digest, the lowest first', async () => {
    const { image, layers } = await imageOf('content', new Date());
    const read = (path: string): Promise<string> => run('tar', ['-xOf', image.file, path]);
    const digests = await Promise.all(layers.map(sha256));
    const [manifest]: {
      readonly Config: string;
      readonly RepoTags: readonly string[];
      readonly Layers: readonly string[];
    }[] = JSON.parse(await read('manifest.json'));
    expect(manifest?.RepoTags).toEqual([`${repository}:${image.tag}`]);
    expect(manifest?.Layers).toEqual(digests.map((digest) => `${digest}/layer.tar`));
    const config: unknown = JSON.parse(await read(manifest?.Config ?? ''));
    expect(config).toMatchObject({
      config: { User: '65532:65532' },
      rootfs: { diff_ids: digests.map((digest) => `sha256:${digest}`) },
    });
  });

  test('leaves nothing but itself in its folder, and nothing at all when a layer is missing', async () => {
    const { folder } = await imageOf('content', new Date());
    expect(await readdir(join(folder, 'out'))).toEqual(['thing.tar']);
    const lacking = writeImage(
      { repository, layers: [join(folder, 'none.tar')], settings: {} },
      join(folder, 'failed'),
    );
    await expect(lacking).rejects.toThrow('none.tar');
    expect(await readdir(join(folder, 'failed'))).toEqual([]);
  });

  test('is packed with root as the owner and without write access for others', async () => {
    const { layers } = await imageOf('content', new Date());
    const listing = await run('tar', ['--numeric-owner', '-tvf', layers[1] ?? '']);
    expect(listing).toMatch(/^drwxr-xr-x 0\/0 .* \.\/$/m);
  });
});
