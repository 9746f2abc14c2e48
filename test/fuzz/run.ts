import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { configText, tokenVariable } from './config.ts';
import { FuzzError } from './errors.ts';
import type { Options } from './options.ts';

export interface Fuzzing {
  readonly program: string;
  readonly mode: Options['modes'][number];
  readonly url: string;
  readonly token: string;
  readonly options: Pick<Options, 'seconds' | 'examples' | 'seed'>;
}

const descriptions = { documented: 'openapi.json', original: 'openapi-original.json' } satisfies Record<
  Fuzzing['mode'],
  string
>;

/** What it exits with when it found something; other numbers say that it could not do its work. */
const foundSomething = 1;

/**
 * Lets schemathesis print what it does.
 * @returns whether all answers were as they should.
 * @throws FuzzError TOOL_MISSING when it could not do its work
 */
export async function runSchemathesis({ program, mode, url, token, options }: Fuzzing): Promise<boolean> {
  // It leaves files where it is started.
  const folder = await mkdtemp(join(tmpdir(), 'fleetwright-fuzz-'));
  try {
    const config = join(folder, 'schemathesis.toml');
    await writeFile(config, configText(mode));
    const description = join(import.meta.dirname, '..', '..', 'docs', descriptions[mode]);
    const { seconds, examples, seed } = options;
    const args = [
      '--config-file',
      config,
      'run',
      description,
      '--url',
      url,
      '--max-time',
      String(seconds),
      '--max-examples',
      String(examples),
    ];
    args.push('--generation-database', 'none', ...(seed === undefined ? [] : ['--seed', seed]));
    const child = spawn(program, args, {
      cwd: folder,
      env: { ...process.env, [tokenVariable]: token },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const code: unknown = await once(child, 'close').then(
      ([exit]) => exit,
      (error: Error) => error.message,
    );
    if (code === 0) return true;
    if (code === foundSomething) return false;
    throw new FuzzError(
      'TOOL_MISSING',
      `schemathesis could not do its work (${String(code)}): what it printed says why`,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
