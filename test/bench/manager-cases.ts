import { join } from 'node:path';

import { KubeClient } from '../../kube/client.ts';
import { Credentials, loadKubeConfig } from '../../kube/credentials.ts';
import { Transport } from '../../kube/transport.ts';
import { ownProgram } from '../cluster/binaries/own-program.ts';
import type { Log } from '../cluster/binaries/progress.ts';
import { startControlPlane } from '../cluster/control-plane.ts';
import { installCrds } from '../cluster/crds.ts';
import { mustKubectl } from '../cluster/kubectl.ts';
import type { Bench } from './bench.ts';
import { backlog } from './cases/backlog.ts';
import { burst } from './cases/burst.ts';
import { idle } from './cases/idle.ts';
import { steady } from './cases/steady.ts';
import { Measurements } from './figures.ts';
import { Load } from './load.ts';
import type { CaseName } from './options.ts';
import type { Sizes } from './sizes.ts';

/** In the order in which they run. */
const cases = { burst, steady, backlog, idle };
const namespace = 'bench';

/** Runs those of the named cases that compare managers, on a control plane of their own. */
export async function measureManagers(
  names: readonly CaseName[],
  { rounds, sizes, log }: { rounds: number; sizes: Sizes; log: Log },
): Promise<Measurements> {
  const measurements = new Measurements();
  const chosen = Object.entries(cases).filter(([name]) => names.some((wanted) => wanted === name));
  if (chosen.length === 0) return measurements;
  const peerPath = await ownProgram(
    { name: 'bench-peer', sources: join(import.meta.dirname, 'peer'), title: 'the Go manager' },
    log,
  );
  // Nothing but what managers and API server need: every other program would take its share of the processors.
  const plane = await startControlPlane({
    components: { controllerManager: false, scheduler: false, kwok: false },
    log,
  });
  const transport = new Transport(new Credentials(() => loadKubeConfig(plane.kubeconfigPath)));
  try {
    await installCrds(plane.kubeconfigPath, import.meta.dirname, { kubectlPath: plane.kubectlPath });
    await mustKubectl(plane, ['create', 'namespace', namespace]);
    const host = { kubeconfigPath: plane.kubeconfigPath, peerPath, folder: plane.folder };
    const client = new KubeClient(transport, { fieldManager: 'bench-driver' });
    const bench: Bench = {
      host,
      client,
      load: new Load(transport, namespace),
      measurements,
      sizes,
      rounds,
      log,
      variants: ['go-http1', 'typescript', 'go'],
    };
    for (const [, run] of chosen) await run(bench);
    return measurements;
  } finally {
    await transport.close();
    await plane.stop();
  }
}
