import { apiModes, type ApiMode } from '../../apiserver/api.ts';

/** A variable of `make run` that cannot be used; the message says what to write. */
export class RunSettingsError extends Error {
  readonly code = 'RUN_SETTINGS';

  constructor(message: string) {
    super(message);
    this.name = 'RunSettingsError';
  }
}

export interface RunSettings {
  /** How the dispatch API answers. */
  readonly mode: ApiMode;
  /** How the JOBX API answers. */
  readonly jobxMode: ApiMode;
  /** How the stage API answers. */
  readonly stageMode: ApiMode;
  /** Port of the REST facade; undefined: a free one. */
  readonly port: string | undefined;
  /** What is shown besides what is always shown. */
  readonly asked: readonly string[];
}

/**
 * @param env DISPATCH_MODE, JOBX_MODE, STAGE_MODE, FLEETWRIGHT_PORT and WITH are read; empty counts as not set
 * @param words that WITH may hold, with commas between them
 * @throws RunSettingsError
 */
export function readRunSettings(env: NodeJS.ProcessEnv, words: readonly string[]): RunSettings {
  const port = env['FLEETWRIGHT_PORT'] || undefined;
  if (port !== undefined && (!/^[0-9]{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535)) {
    throw new RunSettingsError(
      `FLEETWRIGHT_PORT is "${port}": give a whole number from 1 to 65535, or leave it out for a free port`,
    );
  }
  return {
    mode: readMode(env, 'DISPATCH_MODE'),
    jobxMode: readMode(env, 'JOBX_MODE'),
    stageMode: readMode(env, 'STAGE_MODE'),
    port,
    asked: readAsked(env['WITH'] ?? '', words),
  };
}

function readMode(env: NodeJS.ProcessEnv, variable: 'DISPATCH_MODE' | 'JOBX_MODE' | 'STAGE_MODE'): ApiMode {
  const given = env[variable] || 'documented';
  const mode = apiModes.find((known) => known === given);
  if (mode === undefined)
    throw new RunSettingsError(
      `${variable} is "${given}": give one of ${apiModes.join(', ')}, for example: make run ${variable}=original`,
    );
  return mode;
}

function readAsked(given: string, words: readonly string[]): readonly string[] {
  const asked = given.split(',').filter((word) => word !== '');
  const unknown = asked.find((word) => !words.includes(word));
  if (unknown === undefined) return asked;
  const fix = words.length === 0 ? 'leave it out' : `give one or more of ${words.join(', ')}, with commas`;
  throw new RunSettingsError(`WITH is "${given}": there is no ${unknown} to show; ${fix}`);
}
