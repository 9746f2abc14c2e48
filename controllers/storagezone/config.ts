import type { Setting } from '../../kube/flags.ts';

export const settings = {
  'zone-probe-seconds': {
    variable: 'FLEETWRIGHT_ZONE_PROBE_SECONDS',
    value: 'N',
    fallback: '15',
    help: 'how often each StorageZone is asked how it is, 1 to 3600; three times without an answer it is unreachable',
  },
} satisfies Record<string, Setting>;
