import type { Setting, Settings } from '../../kube/flags.ts';
import { namespaceIn } from '../settings.ts';

/** What the operator decides about this API. */
export interface SesConfig {
  /** Where the upgrades of this API are. */
  readonly namespace: string;
  /** The time zone of the dates in answers. */
  readonly timeZone: string;
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
} satisfies Record<string, Setting>;

/** @throws ConfigError */
export function readSesSettings(read: Settings<keyof typeof sesSettings>): SesConfig {
  return { namespace: namespaceIn(read, 'ses-namespace'), timeZone: timeZoneIn(read) };
}

function timeZoneIn(read: Settings<keyof typeof sesSettings>): string {
  const timeZone = read.text('ses-time-zone');
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
  } catch {
    throw read.wrong('ses-time-zone', 'give the name of a time zone, for example Asia/Seoul or UTC');
  }
}
