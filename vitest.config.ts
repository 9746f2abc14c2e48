import { defineConfig } from 'vitest/config';

import { compileCacheFolder } from './test/harness/environment.ts';
import { LongestFirst } from './test/run/times/sequencer.ts';

// Inherited by the workers, and by the programs that tests start with the variables of this process.
process.env['NODE_COMPILE_CACHE'] ??= compileCacheFolder;

// As long as a busy machine takes: nobody waits for it where all is well.
const expect = { poll: { timeout: 60_000 } };

export default defineConfig({
  test: {
    // Most of the integration tests' time is spent waiting for Ansible and the API server.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          environment: 'node',
          // Half of their time would go into importing the same modules again for each file.
          isolate: false,
          testTimeout: 120_000,
          expect,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          environment: 'node',
          // The client of Kubernetes alone is some 900 modules.
          isolate: false,
          globalSetup: ['test/cluster/vitest-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect,
        },
      },
    ],
  },
});
