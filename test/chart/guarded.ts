import { afterAll, beforeAll, vi } from 'vitest';

import { startControlPlane, type ControlPlane } from '../cluster/control-plane.ts';
import { mustKubectl, type KubectlResult } from '../cluster/kubectl.ts';
import { chartFolder, type Helm, type Values } from './helm.ts';
import { helmForFile } from './site.ts';

export const system = 'fleetwright-system';
export const controllers = `system:serviceaccount:${system}:fleetwright-controllers`;
export const facade = `system:serviceaccount:${system}:fleetwright-facade`;

interface GuardedOptions {
  readonly values: Values;
  /** What users may do by RBAC, by the names of users with commas between them. */
  readonly rights: Readonly<Record<string, readonly object[]>>;
}

/**
 * The chart with its policies, in a cluster of its own without its programs, and users with rights that only the
 * policies limit.
 */
class Guarded {
  readonly plane: ControlPlane;

  private constructor(plane: ControlPlane) {
    this.plane = plane;
  }

  static async open(helm: Helm, { values, rights }: GuardedOptions): Promise<Guarded> {
    // The Job controller, the garbage collector and the namespace controller have to get on with the policies.
    const plane = await startControlPlane({ components: { scheduler: false, kwok: false } });
    const site = new Guarded(plane);
    const { kubeconfigPath } = plane;
    await helm.must(
      ['install', chartFolder, '--create-namespace', '--wait=hookOnly', '--values', await helm.valuesFile(values)],
      { name: 'fleetwright', namespace: system, kubeconfigPath },
    );
    await site.apply(
      Object.entries(rights).flatMap(([users, rules], index) => grant(`granted-${index}`, users.split(','), rules)),
    );
    await site.kubectl(['wait', '--for=condition=Established', 'customresourcedefinition/agenttasks.fleetwright.io']);
    return site;
  }

  async kubectl(args: readonly string[], input = ''): Promise<string> {
    return (await mustKubectl(this.plane, args, { input })).trim();
  }

  async apply(objects: readonly object[]): Promise<void> {
    await this.kubectl(
      ['apply', '--server-side', '-f', '-'],
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
    );
  }

  /** As somebody, tried only: the next test finds everything as it was. */
  async attempt(user: string, args: readonly string[], input = ''): Promise<KubectlResult> {
    return this.plane.kubectl([...args, '--dry-run=server', `--as=${user}`], { input });
  }

  async patch(user: string, resource: readonly string[], change: object): Promise<KubectlResult> {
    return this.attempt(user, ['patch', ...resource, '--type=merge', '-p', JSON.stringify(change)]);
  }

  async create(user: string, object: object): Promise<KubectlResult> {
    return this.attempt(user, ['create', '-f', '-'], JSON.stringify(object));
  }

  /** A policy holds a moment after it was made, each by itself. */
  async inForce(attempt: () => Promise<KubectlResult>, message: string): Promise<void> {
    await vi.waitUntil(async () => (await attempt()).stderr.includes(message), { timeout: 60_000, interval: 500 });
  }

  async close(): Promise<void> {
    await this.plane.stop();
  }
}

/** Call it at the top of a file, and the result within its tests. */
export function guardedForFile(options: GuardedOptions): () => Guarded {
  const helm = helmForFile();
  let opened: Guarded | undefined;
  beforeAll(async () => {
    opened = await Guarded.open(helm(), options);
  }, 300_000);
  afterAll(async () => {
    await opened?.close();
  });
  return () => {
    if (opened === undefined) throw new Error('the chart is installed in beforeAll: ask for it within a test');
    return opened;
  };
}

function grant(name: string, users: readonly string[], rules: readonly object[]): readonly object[] {
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const subjects = users.map((user) => ({ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: user }));
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name };
  return [
    { apiVersion, kind: 'ClusterRole', metadata: { name }, rules },
    { apiVersion, kind: 'ClusterRoleBinding', metadata: { name }, roleRef, subjects },
  ];
}
