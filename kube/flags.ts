import { parseArgs } from 'node:util';

import { messageOf } from './thrown.ts';

/** A flag or variable that cannot be used; the message names it and says what to write. */
export class ConfigError extends Error {
  readonly code = 'CONFIG';

  constructor(message: string) {
    super(message);
    this.name = 'ConfigError';
  }
}

/** One setting of a program: a flag with an environment variable behind it. */
export interface Setting {
  readonly variable: string;
  /** What the help text shows for the value. */
  readonly value: string;
  /** Used when neither the flag nor the variable is set; empty means not set. */
  readonly fallback: string;
  readonly help: string;
}

/** The settings of one start of a program. The accessors throw ConfigError for a value that cannot be used. */
export interface Settings<F extends string> {
  text(flag: F): string;
  optional(flag: F): string | undefined;
  whole(flag: F, min: number, max: number): number;
  choice<C extends string>(flag: F, choices: readonly C[]): C;
  /** @returns how the setting is called in messages: its flag and its variable. */
  named(flag: F): string;
  /** @returns the error for a value that is wrong for a reason of the caller's own; `fix` says what to write. */
  wrong(flag: F, fix: string): ConfigError;
}

/**
 * Reads flags, which win over environment variables, which win over fallbacks.
 * @returns the help text when --help was given. @throws ConfigError for an unknown flag
 */
export function readSettings<F extends string>(
  usage: string,
  settings: Readonly<Record<F, Setting>>,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Settings<F> | string {
  const given = readFlags(Object.keys(settings), args);
  if (given['help'] === true) return helpText(usage, settings);
  const text = (flag: F): string => {
    const value = given[flag];
    const { variable, fallback } = settings[flag];
    const fromEnvironment = env[variable] ?? '';
    return typeof value === 'string' ? value : fromEnvironment === '' ? fallback : fromEnvironment;
  };
  const named = (flag: F): string => `--${flag} (${settings[flag].variable})`;
  const wrong = (flag: F, fix: string): ConfigError =>
    new ConfigError(
      text(flag) === '' ? `${named(flag)} is not set: ${fix}` : `${named(flag)} is "${text(flag)}": ${fix}`,
    );
  return {
    text,
    named,
    wrong,
    optional: (flag) => (text(flag) === '' ? undefined : text(flag)),
    whole(flag, min, max) {
      const value = Number(text(flag));
      if (!/^[0-9]+$/.test(text(flag)) || value < min || value > max)
        throw wrong(flag, `give a whole number from ${min} to ${max}`);
      return value;
    },
    choice(flag, choices) {
      const found = choices.find((choice) => choice === text(flag));
      if (found === undefined) throw wrong(flag, `give one of ${choices.join(', ')}`);
      return found;
    },
  };
}

function readFlags(
  flags: readonly string[],
  args: readonly string[],
): Readonly<Record<string, string | boolean | undefined>> {
  const options = Object.fromEntries([
    ...flags.map((flag) => [flag, { type: 'string' }] as const),
    ['help', { type: 'boolean', short: 'h' }] as const,
  ]);
  try {
    return parseArgs({ args: [...args], options, strict: true }).values as Record<string, string | boolean | undefined>;
  } catch (error) {
    throw new ConfigError(`${messageOf(error)}. See --help.`);
  }
}

function helpText(usage: string, settings: Readonly<Record<string, Setting>>): string {
  const lines = Object.entries(settings).map(([flag, { variable, value, fallback, help }]) => {
    const standard = fallback === '' ? '' : ` [${fallback}]`;
    return `  --${flag} ${value}\n      ${help}${standard}\n      or ${variable}`;
  });
  return `${usage}\n\n${lines.join('\n')}\n  --help\n      this text\n`;
}
