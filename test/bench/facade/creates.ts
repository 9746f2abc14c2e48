import { agentTasks } from '../../../crds/types/agenttask.ts';
import { resourcePath } from '../../../kube/objects.ts';
import { quantile } from '../statistics.ts';
import type { FacadeBench } from './bench.ts';
import type { CreateFigures, Pair } from './figures.ts';
import { requestText } from './load-job.ts';
import { runLoad } from './load.ts';
import type { RunningFacade } from './subject.ts';
import { objectName } from './tasks.ts';

/** Creates go in blocks by turns, so that whatever else the machine does falls on both alike. */
const block = 25;

/**
 * Creates tasks by /api/run, and the objects that come of it by a bare create; one at a time, over one connection each.
 */
export async function measureCreates(
  bench: FacadeBench,
  facade: RunningFacade,
  round: number,
): Promise<Pair<CreateFigures>> {
  const { plane, callerHeaders, sizes, taskNamespace } = bench;
  const template = await bench.taskAsMade(facade, `template ${round}`);
  const names = (of: string, count: number): string[] =>
    Array.from({ length: count }, (_, index) => `${of} ${round} ${index}`);
  const byFacade = (of: string, count: number): string[] =>
    names(of, count).map((name) => requestText('POST', '/api/run', callerHeaders, bench.runBody(name)));
  const bare = (of: string, count: number): string[] =>
    names(of, count).map((name) => {
      const object = { ...template, metadata: { ...template.metadata, name: objectName(name) } };
      return requestText(
        'POST',
        resourcePath(agentTasks, taskNamespace),
        { authorization: `Bearer ${plane.adminToken}` },
        object,
      );
    });
  const times: { readonly [Side in keyof Pair<unknown>]: number[] } = { apiserver: [], facade: [] };
  const both = async (turn: string, count: number): Promise<void> => {
    const there = await runLoad({
      origin: plane.url,
      caPem: plane.caPem,
      connections: 1,
      requests: bare(`bare ${turn}`, count),
    });
    const here = await runLoad({ origin: facade.url, connections: 1, requests: byFacade(`posted ${turn}`, count) });
    times.apiserver.push(...there.latencies);
    times.facade.push(...here.latencies);
  };
  // A process that was just started has compiled nothing yet.
  await both('first', 2 * sizes.creates);
  for (const side of [times.apiserver, times.facade]) side.length = 0;
  for (let turn = 0; turn < sizes.creates / block; turn += 1) await both(String(turn), block);
  return { apiserver: figures(times.apiserver), facade: figures(times.facade) };
}

function figures(values: readonly number[]): CreateFigures {
  return { p50: quantile(values, 0.5), p99: quantile(values, 0.99) };
}
