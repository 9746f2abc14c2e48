import { idOf } from '../../../crds/labels.ts';
import { agentTasks, type AgentTask } from '../../../crds/types/agenttask.ts';
import { resourcePath } from '../../../kube/objects.ts';
import { cpuTime } from '../process-stats.ts';
import { quantile } from '../statistics.ts';
import type { FacadeBench } from './bench.ts';
import type { Pair, ReadFigures } from './figures.ts';
import { requestText, type LoadJob } from './load-job.ts';
import { runLoad } from './load.ts';
import type { RunningFacade } from './subject.ts';

/** As many callers at a time as make both servers use all they can get on a small machine. */
const connections = 16;
/** Different tasks that are read in turn, so that no answer is a matter of one hot object. */
const spread = 500;

/** Reads tasks by /api/check, which the facade answers from its cache, and the same objects from kube-apiserver. */
export async function measureReads(
  { plane, callerHeaders, sizes, taskNamespace }: FacadeBench,
  facade: RunningFacade,
  all: readonly AgentTask[],
): Promise<Pair<ReadFigures>> {
  const tasks = all.slice(0, spread);
  const checks = tasks.map((task) => requestText('POST', '/api/check', callerHeaders, { id: idOf(task) }));
  const gets = tasks.map(({ metadata }) =>
    requestText('GET', resourcePath(agentTasks, taskNamespace, metadata.name), {
      authorization: `Bearer ${plane.adminToken}`,
    }),
  );
  const measure = async (job: Omit<LoadJob, 'connections'>, cpu: () => Promise<number>): Promise<ReadFigures> => {
    // Code is compiled, and connections and caches of both sides are filled.
    await runLoad({ ...job, connections, seconds: sizes.readSeconds / 4 });
    const before = await cpu();
    const {
      answers,
      seconds,
      latencies,
      cpu: generator,
    } = await runLoad({ ...job, connections, seconds: sizes.readSeconds });
    const used = (await cpu()) - before;
    return {
      perSecond: answers / seconds,
      p50: quantile(latencies, 0.5),
      p99: quantile(latencies, 0.99),
      cpu: used / answers,
      generator: generator / 1000 / seconds,
    };
  };
  return {
    apiserver: await measure({ origin: plane.url, caPem: plane.caPem, requests: gets }, () =>
      cpuTime(plane.apiserver.pid),
    ),
    facade: await measure({ origin: facade.url, requests: checks }, () => facade.cpu()),
  };
}
