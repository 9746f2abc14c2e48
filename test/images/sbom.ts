import { writeFile } from 'node:fs/promises';
import { ensureBinaries } from '../cluster/binaries/ensure.ts';
import type { Log } from '../cluster/binaries/progress.ts';
import type { Images } from './images.ts';
import { run } from './run.ts';

/**
 * Writes a bill of materials in CycloneDX form beside each image, as `<image>.cdx.json`: the Debian, npm and Python
 * packages and the Node.js that Syft finds in it. Returns the paths. Throws ClusterError GO_MISSING, BUILD_FAILED or
 * IMAGE_FAILED.
 */
export async function writeSboms(images: Images, log: Log): Promise<readonly string[]> {
  const syft = (await ensureBinaries(['syft'], { log })).pathOf('syft');
  const written = [];
  for (const { file, repository, tag } of [images.fleetwright, images.runner]) {
    const target = file.replace(/\.tar$/, '.cdx.json');
    log(`listing what is in ${repository}:${tag}`);
    const args = [
      'scan',
      `docker-archive:${file}`,
      '--source-name',
      repository,
      '--source-version',
      tag,
      '--output',
      'cyclonedx-json',
    ];
    await writeFile(target, await run(syft, args, { env: { ...process.env, SYFT_CHECK_FOR_APP_UPDATE: 'false' } }));
    written.push(target);
  }
  return written;
}
