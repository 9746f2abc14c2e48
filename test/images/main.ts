/** `make images`: both container images as files, and a list of what is in them. */
import { messageOf } from '../cluster/errors.ts';
import { imagesFolder, makeImages } from './images.ts';
import { writeSboms } from './sbom.ts';

const help = `Usage: make images

Assembles the container images without a container engine, from Debian, npm and Python packages,
into .fleetwright/images:

  fleetwright.tar           REST facade and recorder
  fleetwright-runner.tar    controllers, with Ansible and the SSH client

and beside each what is in it (CycloneDX), as *.cdx.json.

Each is a docker-archive: \`docker load -i FILE\`, \`ctr -n k8s.io images import FILE\` or
\`kind load image-archive FILE\`. Equal content has an equal tag. Parts are kept in the user's cache folder; remove its
\`images\` folder to take in newer Debian packages.
`;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

try {
  if (process.argv.includes('--help')) {
    process.stdout.write(help);
  } else {
    const images = await makeImages(imagesFolder, (line) => process.stderr.write(`${line}\n`));
    for (const image of [images.fleetwright, images.runner]) {
      say(`${image.reference}  ${image.file}`);
    }
    for (const file of await writeSboms(images, (line) => process.stderr.write(`${line}\n`))) {
      say(`bill of materials: ${file}`);
    }
  }
} catch (error) {
  process.stderr.write(`images: ${messageOf(error)}\n`);
  process.exitCode = 1;
}
