import type { Setting, Settings } from '../../kube/flags.ts';
import { namespaceIn } from '../settings.ts';

/** What the operator decides about this API. */
export interface KvolConfig {
  /** Where the recoveries of this API live. */
  readonly namespace: string;
}

export const kvolSettings = {
  'kvol-namespace': {
    variable: 'FLEETWRIGHT_KVOL_NAMESPACE',
    value: 'NAME',
    fallback: 'default',
    help: 'namespace of the VolumeRecoveries that the kvol API makes and tells of; it must exist',
  },
} satisfies Record<string, Setting>;

/** @throws ConfigError */
export function readKvolSettings(read: Settings<keyof typeof kvolSettings>): KvolConfig {
  return { namespace: namespaceIn(read, 'kvol-namespace') };
}
