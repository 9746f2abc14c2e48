import type { Setting, Settings } from '../../kube/flags.ts';
import { apiModes, type ApiMode } from '../api.ts';

/** What the operator decides about this API. */
export interface StageConfig {
  readonly mode: ApiMode;
  /** What the info call names the cluster. */
  readonly clusterName: string;
  /** The node that is meant where a call does not say; undefined: then it has to. */
  readonly node: string | undefined;
}

export const stageSettings = {
  'stage-mode': {
    variable: 'FLEETWRIGHT_STAGE_MODE',
    value: 'MODE',
    fallback: 'documented',
    help:
      'documented: the stage API answers as its document says; ' +
      'original: as the original program did, for its own clients',
  },
  'stage-cluster-name': {
    variable: 'FLEETWRIGHT_STAGE_CLUSTER_NAME',
    value: 'NAME',
    fallback: 'cluster',
    help: 'what the info call of the stage API names the cluster',
  },
  'stage-node': {
    variable: 'FLEETWRIGHT_STAGE_NODE',
    value: 'NAME',
    fallback: '',
    help: 'the node that a call of the stage API means whose body and Host name none: that of this process',
  },
} satisfies Record<string, Setting>;

/** @throws ConfigError */
export function readStageSettings(read: Settings<keyof typeof stageSettings>): StageConfig {
  return {
    mode: read.choice('stage-mode', apiModes),
    clusterName: read.text('stage-cluster-name'),
    node: read.optional('stage-node'),
  };
}
