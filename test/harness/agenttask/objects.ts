import type { AgentJob, AgentJobSpec } from '../../../crds/types/agentjob.ts';
import type { AgentTask, AgentTaskSpec } from '../../../crds/types/agenttask.ts';
import type { Secret } from '../../../kube/builtin.ts';

export const content = '- name: greet\n  ansible.builtin.ping:\n';

/** A task as a user writes it: on one host of its own name unless the spec says otherwise. */
export function agentTask(name: string, spec: AgentTaskSpec = {}): AgentTask {
  const where = spec.groupRef === undefined ? { hosts: [`${name}-host`] } : {};
  const what = spec.jobRef === undefined ? { content } : {};
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'AgentTask',
    metadata: { namespace: 'default', name },
    spec: { ...where, ...what, ...spec },
  };
}

export function agentJob(name: string, spec: Partial<AgentJobSpec> = {}): AgentJob {
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'AgentJob',
    metadata: { namespace: 'default', name },
    spec: { content, ...spec },
  };
}

/** @param entries plain text; Secrets hold it in base64 */
export function secret(name: string, entries: Readonly<Record<string, string>>): Secret {
  const data = Object.fromEntries(
    Object.entries(entries).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  );
  return { metadata: { namespace: 'default', name }, type: 'kubernetes.io/ssh-auth', data };
}

export const privateKey = '-----BEGIN OPENSSH PRIVATE KEY-----\nnot a real one\n-----END OPENSSH PRIVATE KEY-----\n';
