import { availableAfter } from '../../crds/stages.ts';
import type { ClusterStage } from '../../crds/types/clusterstage.ts';
import { rfc3339 } from '../../kube/conditions.ts';
import { waitWhilePaused } from '../shared/steps.ts';
import { stopped } from './deletion.ts';
import { finalizer } from './finalizers.ts';
import type { Plan } from './intents.ts';
import type { NodeView, Observed } from './observe.ts';
import { reports } from './reports.ts';
import { scopeOf } from './stage-steps.ts';
import { limitOf } from './turns/limits.ts';

const seconds = (count: number): number => count * 1000;

/** As many as the definition has room for. */
const mostNodes = 5000;

function isNew({ stage, digest }: Observed): boolean {
  return stage.status?.run?.digest !== digest;
}

/** What is asked of a node that is not there cannot be done, unless it is held still. */
export function refuseUnknownNode(observed: Observed, now: Date): Plan | undefined {
  const { stage, nodes } = observed;
  const { name } = stage.metadata;
  if (stage.spec.scope === 'Cluster' || stage.spec.stage === 'running' || nodes.get(name)?.node !== undefined)
    return undefined;
  if (!isNew(observed) && nodes.get(name)?.held === true) return undefined;
  const message = `there is no node ${name}: name the ClusterStage as the node, or delete it`;
  return reports.stuck(stage, now, 'NodeNotFound', message, seconds(60));
}

/** The status would have no room for them. */
export function refuseTooMany(observed: Observed, now: Date): Plan | undefined {
  const { stage, targets } = observed;
  if (!isNew(observed) || targets.length <= mostNodes) return undefined;
  const message = `there are ${targets.length} nodes, more than ${mostNodes}: choose some by spec.nodeSelector`;
  return reports.stuck(stage, now, 'TooManyNodes', message, seconds(300));
}

/** An upgrade that began with all nodes out of service could move their pods nowhere. */
export function refuseWhileOthersAreOut(observed: Observed, now: Date): Plan | undefined {
  const { stage, nodes, targets } = observed;
  if (!isNew(observed) || stage.spec.scope !== 'Cluster' || stage.spec.stage !== 'upgrading') return undefined;
  const out = targets.filter((name) => isOurs(nodes.get(name), stage));
  const limit = limitOf(stage, targets.length);
  if (out.length <= limit) return undefined;
  const count = `${out.length} nodes are out of service, more than maxUnavailable (${limit})`;
  const message = `${count}: set the stage to running first`;
  return reports.stuck(stage, now, 'NodesAreOut', message, seconds(60));
}

function isOurs(view: NodeView | undefined, { metadata }: ClusterStage): boolean {
  return view?.mark !== undefined && view.mark !== 'unreadable' && view.mark.holder === metadata.uid;
}

/** What is begun is recorded before anything is done, with the nodes that it is about. */
export function beginAnew(observed: Observed, now: Date): Plan | undefined {
  if (!isNew(observed)) return undefined;
  const { stage, digest, targets } = observed;
  const paused = waitWhilePaused(stage, now, reports, 'to let it begin');
  if (paused !== undefined) return paused;
  const { stage: asked, data } = stage.spec;
  const message = `${asked} was asked for`;
  const { data: _, plan: __, ...status } = reports.progress(stage, now, {}, 'Begun', message);
  const touches =
    (asked !== 'running' || targets.length > 0) && stage.metadata.finalizers?.includes(finalizer) !== true;
  return {
    intents: touches ? [{ do: 'addFinalizer', because: 'a deleted ClusterStage must leave nodes as they were' }] : [],
    status: {
      ...status,
      stage: asked,
      ...(data === undefined ? {} : { data }),
      available: [...availableAfter(scopeOf(stage), asked)],
      run: { id: stage.metadata.generation ?? 1, digest, stage: asked, startTime: rfc3339(now) },
      progress: { totalRate: 0, nodes: targets.map((name) => ({ name, rate: 0 })) },
    },
    event: { type: 'Normal', reason: 'Begun', action: 'Stage', note: message },
  };
}

/** Two tasks never work on one node: what was begun before is stopped first. */
export function endFormerTasks({ stage, formerTasks }: Observed, now: Date): Plan | undefined {
  const [first] = formerTasks;
  if (first === undefined) return undefined;
  const { namespace, name } = first.metadata;
  const message = `AgentTask ${namespace}/${name} to end, which was begun before`;
  return {
    intents: stopped(formerTasks, 'something else was asked for'),
    status: reports.progress(stage, now, {}, 'StoppingTasks', message),
    requeueAfter: seconds(30),
  };
}
