import { describe, expect, test } from 'vitest';

import { readAgentTaskConfig, settings, type AgentTaskConfig } from '../../../../controllers/agenttask/config.ts';
import { readSettings } from '../../../../kube/flags.ts';

function read(args: readonly string[], inCluster = false, env: NodeJS.ProcessEnv = {}): AgentTaskConfig {
  const found = readSettings('usage', settings, args, env);
  if (typeof found === 'string') throw new Error('help instead of settings');
  return readAgentTaskConfig(found, { inCluster });
}

describe('the settings of AgentTask', () => {
  test('have a default for everything', () => {
    expect(read([])).toEqual({
      executors: ['local'],
      maxRuns: 10,
      maxOutputBytes: 268_435_456,
      stateFolder: undefined,
      knownHostsFile: undefined,
      contentPath: undefined,
      job: {
        image: undefined,
        template: undefined,
        shardSize: 20,
        startDeadlineSeconds: 300,
        ttlSeconds: 3600,
        maxJobs: 100,
      },
    });
  });

  test.each<readonly [readonly string[], boolean, AgentTaskConfig['executors']]>([
    [[], false, ['local']],
    [['--job-image=runner:1'], false, ['local']],
    [[], true, ['local']],
    [['--job-image=runner:1'], true, ['job']],
    [['--job-image=runner:1', '--executors=local,job'], true, ['local', 'job']],
  ])('run tasks, given %j (in a cluster: %j), by %j', (args, inCluster, executors) => {
    expect(read(args, inCluster).executors).toEqual(executors);
  });

  test('come from flags before variables', () => {
    expect(read(['--max-runs', '3'], false, { FLEETWRIGHT_MAX_RUNS: '4' }).maxRuns).toBe(3);
    expect(read([], false, { FLEETWRIGHT_MAX_RUNS: '4' }).maxRuns).toBe(4);
  });
});
