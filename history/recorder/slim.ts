import type { AgentTask } from '../../crds/types/agenttask.ts';

/** What kubectl keeps a copy of the whole object in. */
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** The task without what the history has no use for, and should not know: content, variables, and the copy of both in an annotation. */
export function slim(task: AgentTask): AgentTask {
  const { content: _, variables: __, ...spec } = task.spec;
  const { [lastApplied]: ___, ...annotations } = task.metadata.annotations ?? {};
  return { ...task, metadata: { ...task.metadata, annotations }, spec };
}
