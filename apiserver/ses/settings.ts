import type { Setting, Settings } from '../../kube/flags.ts';
import { namespaceIn } from '../settings.ts';

/** What the operator decides about this API. */
export interface SesConfig {
  /** Where the upgrades of this API are. */
  readonly namespace: string;
  /** The time zone of the dates in answers. */
  readonly timeZone: string;
  /** Those that can be asked for, as 2.9.0; undefined: any. */
  readonly versions: readonly string[] | undefined;
  /** Whether a call is let in whose signature leaves its query out. */
  readonly takesUnsignedQuery: boolean;
}

export const sesSettings = {
  'ses-namespace': {
    variable: 'FLEETWRIGHT_SES_NAMESPACE',
    value: 'NAME',
    fallback: 'default',
    help: 'namespace of the upgrades that the ses API tells of; it must exist',
  },
  'ses-time-zone': {
    variable: 'FLEETWRIGHT_SES_TIME_ZONE',
    value: 'ZONE',
    fallback: 'Asia/Seoul',
    help: 'time zone of the dates in answers of the ses API, which do not say theirs, for example Asia/Seoul or UTC',
  },
  'ses-versions': {
    variable: 'FLEETWRIGHT_SES_VERSIONS',
    value: 'LIST',
    fallback: '',
    help: 'versions to which the ses API upgrades search clusters: "2.9.0,2.11.1"; not set: any',
  },
  'ses-unsigned-query': {
    variable: 'FLEETWRIGHT_SES_UNSIGNED_QUERY',
    value: 'WORD',
    fallback: 'refused',
    help:
      'refused: calls of the ses API are signed with their query; ' +
      "accepted: or without it, as the vendor's library for Go does, so that whoever is between may change it",
  },
} satisfies Record<string, Setting>;

/** @throws ConfigError */
export function readSesSettings(read: Settings<keyof typeof sesSettings>): SesConfig {
  return {
    namespace: namespaceIn(read, 'ses-namespace'),
    timeZone: timeZoneIn(read),
    versions: versionsIn(read),
    takesUnsignedQuery: read.choice('ses-unsigned-query', ['refused', 'accepted']) === 'accepted',
  };
}

function versionsIn(read: Settings<keyof typeof sesSettings>): readonly string[] | undefined {
  const versions = read
    .optional('ses-versions')
    ?.split(',')
    .map((version) => version.trim());
  if (versions?.every((version) => /^[0-9]{1,4}([.][0-9]{1,4}){2}$/.test(version)) === false)
    throw read.wrong('ses-versions', 'give versions with a comma between them, for example 2.9.0,2.11.1');
  return versions;
}

function timeZoneIn(read: Settings<keyof typeof sesSettings>): string {
  const timeZone = read.text('ses-time-zone');
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
  } catch {
    throw read.wrong('ses-time-zone', 'give the name of a time zone, for example Asia/Seoul or UTC');
  }
}
