import { expect, test } from 'vitest';

import { measureDrain } from '../../bench/drain/measure.ts';
import { nightly, patience } from '../../harness/matrix.ts';

const size = { nodes: 1000, pods: 10_000, zones: 5 };

test.runIf(nightly)(
  `${size.nodes} nodes with ${size.pods} pods are upgraded within the limits, by few calls, with a small status`,
  async () => {
    const { sights, parallel, memory, fleetwright } = await measureDrain({
      rounds: 1,
      size,
      drainers: ['fleetwright'],
      log: (line) => console.log(line),
    });
    const [seen] = sights;
    expect(seen?.timesOut, 'times that a node went out of service').toBe(1);
    expect(seen?.mostOut).toBeLessThanOrEqual(parallel.ofAll);
    expect(seen?.mostOutOfZone).toBeLessThanOrEqual(parallel.ofZone);
    expect(seen?.statusWrites, 'writes of the status in a second').toBeLessThanOrEqual(1000 / size.nodes);
    expect(seen?.statusBytes).toBeLessThan((256 * 1024 * size.nodes) / 1000);
    expect(memory, 'MiB').toBeLessThanOrEqual(250);
    // Each pod is one call; what else is done to a node takes no more than twice as many as those of ten pods.
    expect(fleetwright[0]?.calls).toBeLessThan((size.pods / size.nodes) * 1.5 + 15);
  },
  patience(200_000),
);
