/**
 * `node crds/generate.ts` writes crds/types/<kind>.ts from crds/<kind>.yaml; `--check` only compares and fails when one
 * is stale.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { SchemaError, typesOf } from './schema-to-types.ts';
import type { CustomResourceDefinition } from './schema-to-types.ts';

const command = 'node crds/generate.ts';

/** One generated module: where it belongs, and its text as it has to be. */
export interface GeneratedModule {
  readonly path: URL;
  readonly text: string;
}

/** Makes the modules for all CRDs of a folder (a URL that ends in `/`), without writing them. */
export async function generateTypes(folder: URL): Promise<readonly GeneratedModule[]> {
  const manifests = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).toSorted();
  return Promise.all(
    manifests.map(async (name) => {
      const crd: CustomResourceDefinition = parse(await readFile(new URL(name, folder), 'utf8'));
      return { path: new URL(`types/${name.replace(/yaml$/, 'ts')}`, folder), text: await typesOf(crd, command) };
    }),
  );
}

/**
 * Lists what is wrong with the generated modules of a folder: stale, missing, or left behind by a CRD that is gone.
 * @returns one sentence for each, none when all is current.
 */
export async function checkTypes(folder: URL): Promise<readonly string[]> {
  const wanted = new Map((await generateTypes(folder)).map(({ path, text }) => [path.href, text]));
  const present = (await readdir(new URL('types/', folder))).map((name) => new URL(`types/${name}`, folder));
  const left = present.filter((path) => !wanted.has(path.href)).map((path) => `${shown(path)} has no CRD: delete it`);
  const checks = [...wanted].map(async ([href, text]) => {
    const found = await readFile(new URL(href), 'utf8').catch(() => undefined);
    return found === text
      ? []
      : [`${shown(new URL(href))} is ${found === undefined ? 'missing' : 'stale'}: run ${command}`];
  });
  return [...(await Promise.all(checks)).flat(), ...left];
}

function shown(path: URL): string {
  return path.pathname.split('/').slice(-3).join('/');
}

async function main(arguments_: readonly string[]): Promise<number> {
  const folder = new URL('./', import.meta.url);
  const unknown = arguments_.find((argument) => argument !== '--check');
  if (unknown !== undefined) {
    console.error(`unknown argument ${unknown}; usage: ${command} [--check]`);
    return 2;
  }
  if (arguments_.length > 0) {
    const problems = await checkTypes(folder);
    for (const problem of problems) console.error(problem);
    return problems.length === 0 ? 0 : 1;
  }
  await mkdir(new URL('types/', folder), { recursive: true });
  for (const { path, text } of await generateTypes(folder)) {
    await writeFile(path, text);
    console.log(`wrote ${shown(path)}`);
  }
  return 0;
}

if (import.meta.main) {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
