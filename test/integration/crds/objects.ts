import { afterAll, beforeAll } from 'vitest';
import type { KubectlResult } from '../../cluster/kubectl.ts';
import { createNamespace, testCluster } from '../../cluster/testing.ts';
import type { TestNamespace } from '../../cluster/testing.ts';

export interface Spec {
  readonly [field: string]: unknown;
}

/** What a task needs at least. */
export const minimal = { hosts: ['web-1'], content: '- ansible.builtin.ping:' } satisfies Spec;

/** kubectl in a namespace that lives as long as the test file. */
export interface Api {
  run(...args: string[]): Promise<KubectlResult>;
  /** Runs kubectl and returns its output. @throws Error with kubectl's words when it fails. */
  must(...args: string[]): Promise<string>;
  create(object: object, ...args: string[]): Promise<KubectlResult>;
  /** Changes the spec by a JSON merge patch. */
  patch(name: string, spec: Spec): Promise<KubectlResult>;
  /** Changes the status by a JSON merge patch, as a controller does. */
  patchStatus(name: string, status: object): Promise<KubectlResult>;
  /** Writes the status of a whole object, which may be larger than a command line. */
  replaceStatus(object: object): Promise<KubectlResult>;
}

export function apiForFile(): Api {
  let namespace: TestNamespace | undefined;
  beforeAll(async () => {
    namespace = await createNamespace();
  });
  afterAll(() => namespace?.remove());
  const kubectl = async (args: readonly string[], input?: string): Promise<KubectlResult> => {
    if (namespace === undefined) throw new Error('the namespace is made in beforeAll: call this from a test');
    return testCluster().kubectl(['--namespace', namespace.name, ...args], input === undefined ? {} : { input });
  };
  return {
    run: (...args) => kubectl(args),
    async must(...args) {
      const { code, stdout, stderr } = await kubectl(args);
      if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
      return stdout;
    },
    create: (object, ...args) => kubectl(['create', '--output=json', ...args, '--filename=-'], JSON.stringify(object)),
    patch: (name, spec) => kubectl(['patch', 'agenttask', name, '--type=merge', '--patch', JSON.stringify({ spec })]),
    patchStatus: (name, status) =>
      kubectl([
        'patch',
        'agenttask',
        name,
        '--subresource=status',
        '--type=merge',
        '--patch',
        JSON.stringify({ status }),
      ]),
    replaceStatus: (object) => kubectl(['replace', '--subresource=status', '--filename=-'], JSON.stringify(object)),
  };
}

export function agentTask(name: string, spec: Spec): object {
  return { apiVersion: 'fleetwright.io/v1alpha1', kind: 'AgentTask', metadata: { name }, spec };
}

export function agentJob(name: string, spec: Spec): object {
  return { apiVersion: 'fleetwright.io/v1alpha1', kind: 'AgentJob', metadata: { name }, spec };
}
