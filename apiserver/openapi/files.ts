import { readFile, writeFile } from 'node:fs/promises';

import { apiModes, type ApiMode } from '../api.ts';
import { offlineApp } from './offline.ts';

/** The command that brings the files up to date. */
const command = 'make openapi';

/** One file for each way in which the APIs answer, since their schemas differ. */
const files = {
  documented: new URL('../../docs/openapi.json', import.meta.url),
  original: new URL('../../docs/openapi-original.json', import.meta.url),
} satisfies Record<ApiMode, URL>;

interface DescriptionFile {
  readonly path: URL;
  readonly text: string;
}

/** Makes the description of the APIs for each mode, without writing it. */
export async function describeApis(): Promise<readonly DescriptionFile[]> {
  return Promise.all(
    apiModes.map(async (mode) => {
      const app = await offlineApp(mode);
      try {
        await app.ready();
        return { path: files[mode], text: `${JSON.stringify(app.swagger(), null, 2)}\n` };
      } finally {
        await app.close();
      }
    }),
  );
}
/** @returns a sentence for each file that is missing or does not say what the routes do, with the way to mend it. */
export async function staleFiles(): Promise<readonly string[]> {
  const checks = (await describeApis()).map(async ({ path, text }) => {
    const found = await readFile(path, 'utf8').catch(() => undefined);
    return found === text
      ? []
      : [`${shown(path)} is ${found === undefined ? 'missing' : 'not what the routes say'}: run ${command}`];
  });
  return (await Promise.all(checks)).flat();
}

function shown(path: URL): string {
  return path.pathname.split('/').slice(-2).join('/');
}

if (import.meta.main) {
  for (const { path, text } of await describeApis()) {
    await writeFile(path, text);
    process.stdout.write(`wrote ${shown(path)}\n`);
  }
}
