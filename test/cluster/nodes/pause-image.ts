import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { packLayer, writeImage } from '../../images/archive.ts';
import type { Image } from '../../images/archive.ts';
import { runGo } from '../binaries/go.ts';

/** Builds the image that holds a pod's namespaces. Throws ClusterError GO_MISSING, BUILD_FAILED or IMAGE_FAILED. */
export async function makePauseImage(folder: string): Promise<Image> {
  const root = join(folder, 'pause');
  await mkdir(root, { recursive: true });
  await runGo({
    args: ['build', '-trimpath', '-buildvcs=false', '-ldflags', '-s -w', '-o', join(root, 'pause'), '.'],
    cwd: join(import.meta.dirname, 'pause'),
    env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' },
  });
  const layer = join(folder, 'pause-layer.tar');
  await packLayer(root, layer);
  const image = await writeImage(
    {
      repository: 'fleetwright.example/pause',
      layers: [layer],
      settings: { User: '65535:65535', Entrypoint: ['/pause'] },
    },
    folder,
  );
  await Promise.all([rm(root, { recursive: true }), rm(layer)]);
  return image;
}
