import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { runLabel } from '../../../crds/labels.ts';
import { namespaces, type Namespace } from '../../../kube/builtin.ts';
import { systemClock } from '../../../kube/clock.ts';
import { NotFoundError } from '../../../kube/errors.ts';
import { ConfigError } from '../../../kube/flags.ts';
import { KubePodLogs } from '../../../kube/podlogs.ts';
import { messageOf } from '../../../kube/thrown.ts';
import { jobs, pods } from '../../../kube/workloads.ts';
import { JobRuns } from '../executors/job/executor.ts';
import { runIndexers } from '../executors/job/names.ts';
import type { JobSettings } from '../executors/job/order.ts';
import { parsePodTemplate } from '../executors/job/template.ts';
import { openLocalExecutor } from '../executors/local.ts';
import { localPlace, type RunPlace } from './places.ts';
import { Slots } from './slots.ts';
import type { Site } from '../../kind.ts';
import type { AgentTaskConfig } from '../config.ts';

type Surroundings = Pick<Site, 'manager' | 'transport' | 'log' | 'systemNamespace' | 'watchNamespace'>;

/**
 * Opens the ways to run tasks that the configuration names, in its order.
 * @throws ConfigError, PodTemplateError, AnsibleMissingError, ContentPathError
 */
export async function openRunPlaces(config: AgentTaskConfig, surroundings: Surroundings): Promise<readonly RunPlace[]> {
  const home = await homeNamespace(surroundings);
  const places: RunPlace[] = [];
  for (const kind of config.executors)
    places.push(kind === 'job' ? await jobPlace(config, surroundings) : await thisMachine(config, home));
  return places;
}

async function thisMachine(config: AgentTaskConfig, home: Namespace): Promise<RunPlace> {
  const { knownHostsFile, contentPath, maxRuns } = config;
  const executor = await openLocalExecutor({
    stateFolder: stateFolder(config, home),
    ...(knownHostsFile === undefined ? {} : { knownHostsFile }),
    ...(contentPath === undefined ? {} : { contentPath }),
  });
  return localPlace(executor, maxRuns);
}

/**
 * One folder for each cluster: two controllers of different clusters on one machine must not take each other's runs for
 * lost ones.
 */
function stateFolder(config: AgentTaskConfig, { metadata }: Namespace): string {
  const base =
    config.stateFolder ??
    join(process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'fleetwright', 'runs');
  return join(base, metadata.uid ?? metadata.name);
}

async function homeNamespace({ manager, systemNamespace }: Surroundings): Promise<Namespace> {
  try {
    return await manager.client.get(namespaces, { name: systemNamespace });
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    throw new ConfigError(
      `--namespace (FLEETWRIGHT_NAMESPACE): there is no namespace ${systemNamespace}; ` +
        `create it with: kubectl create namespace ${systemNamespace}`,
    );
  }
}

async function jobPlace(
  config: AgentTaskConfig,
  { manager, transport, log, watchNamespace }: Surroundings,
): Promise<RunPlace> {
  const cached = {
    labelSelector: runLabel,
    indexers: runIndexers,
    ...(watchNamespace === undefined ? {} : { namespace: watchNamespace }),
  };
  const [jobCache, podCache] = [manager.cache(jobs, cached), manager.cache(pods, cached)];
  const runs = new JobRuns({
    client: manager.client,
    podLogs: new KubePodLogs(transport),
    jobs: jobCache.store,
    pods: podCache.store,
    clock: systemClock,
    log,
    settings: await jobSettings(config),
  });
  jobCache.onChange((change) => runs.changed(change));
  podCache.onChange((change) => runs.changed(change));
  return { kind: 'job', slots: new Slots(config.job.maxJobs), of: (task) => runs.of(task), all: runs };
}

async function jobSettings({ job, maxOutputBytes, knownHostsFile }: AgentTaskConfig): Promise<JobSettings> {
  const { image, template, shardSize, startDeadlineSeconds, ttlSeconds } = job;
  return {
    image: image ?? '',
    shardSize,
    startDeadlineSeconds,
    ttlSecondsAfterFinished: ttlSeconds,
    maxOutputBytes,
    ...(template === undefined
      ? {}
      : { podTemplate: parsePodTemplate(await readSetting('--job-template (FLEETWRIGHT_JOB_TEMPLATE)', template)) }),
    ...(knownHostsFile === undefined
      ? {}
      : { knownHosts: await readSetting('--known-hosts-file (FLEETWRIGHT_KNOWN_HOSTS_FILE)', knownHostsFile) }),
  };
}

async function readSetting(setting: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new ConfigError(`${setting}: ${path} cannot be read (${messageOf(error)}); correct the path`);
  }
}
