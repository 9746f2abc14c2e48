import type { AgentTask } from '../../../crds/types/agenttask.ts';
import { keyOf } from '../../../kube/objects.ts';
import type { Plan } from '../intents.ts';
import type { Observed } from '../observe.ts';
import { allMessages } from '../host-report.ts';
import { untouched } from '../run/outcome.ts';
import { ended } from '../reports.ts';

/** etcd takes 1.5 MiB in one request; the rest is for what the API server adds. Bytes. */
const largestTask = 1_400_000;
/** Of a host in the parent's status, besides names and message: result, counts, and the phase of its child. Bytes. */
const perHost = 250;
/** The same, of a batch: where it stands, and why. */
const perBatch = 1200;
/**
 * Every child holds a copy of the content, in the API server's store and in each cache. Bytes for all of them together.
 */
const largestFamily = 64 * 1024 * 1024;

/** What could not be reported at its end must not begin. */
export function refuseWhatIsTooLarge({ task, hosts, wanted }: Observed, now: Date): Plan | undefined {
  const batches = wanted?.is === 'known' ? wanted.batches.length : undefined;
  const problem = tooLarge(task, hosts, batches);
  return problem === undefined
    ? undefined
    : ended(task, now, { phase: 'Failed', reason: 'SpecInvalid', message: problem, hosts: untouched(hosts) });
}

function tooLarge(task: AgentTask, hosts: readonly string[], batches: number | undefined): string | undefined {
  const children = batches ?? hosts.length;
  const { content = '', variables = {} } = task.spec;
  const copies = (Buffer.byteLength(content) + Buffer.byteLength(JSON.stringify(variables))) * children;
  if (copies > largestFamily) {
    return (
      `spec.content: split over ${parts(task, children)} it would take ${Math.round(copies / 1024 / 1024)} MiB ` +
      `of the API server's storage, more than ${largestFamily / 1024 / 1024}; ` +
      'put it into an AgentJob and name that in jobRef, or name fewer hosts'
    );
  }
  // In status.hosts, in status.children or status.batches, and in the book-keeping of who has set spec.hosts.
  const names = hosts.reduce((sum, host) => sum + 3 * Buffer.byteLength(host), 0);
  const report =
    allMessages + children * (keyOf(task).length + 16) + hosts.length * perHost + (batches ?? 0) * perBatch;
  const where = task.spec.groupRef === undefined ? 'spec.hosts' : 'spec.groupRef';
  const own = Buffer.byteLength(JSON.stringify(task.spec)) + Buffer.byteLength(JSON.stringify(task.metadata));
  return own + names + report <= largestTask
    ? undefined
    : `${where}: with ${hosts.length} hosts and this content the results would not fit into one object; ` +
        'name fewer hosts, or put the content into an AgentJob and name that in jobRef';
}

function parts({ spec }: AgentTask, children: number): string {
  return `${children} ${spec.groupRef === undefined ? 'hosts' : 'batches'}`;
}
