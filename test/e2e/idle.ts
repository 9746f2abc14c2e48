import type { Site } from './site.ts';

/** What makes an idle pod other than the rest. */
export interface IdleOptions {
  /** Seconds that it goes on after it was told to end. */
  readonly ends?: number;
  /** Further fields of its spec. */
  readonly spec?: object;
}

/** A pod that does nothing, and ends when it is told to, under Pod Security "restricted". */
export function idlePod(site: Site, app: string, { ends = 0, spec = {} }: IdleOptions = {}) {
  const end = `process.once("SIGTERM", () => setTimeout(() => process.exit(0), ${ends * 1000}))`;
  const container = {
    name: 'idle',
    image: site.e2e.images.fleetwright.reference,
    args: ['--eval', `setInterval(() => {}, 1e9); ${end}`],
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  };
  return {
    metadata: { labels: { app } },
    spec: {
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      terminationGracePeriodSeconds: ends + 30,
      containers: [container],
      ...spec,
    },
  };
}

/** A Deployment `idle` in a namespace; resolves when all its pods run. */
export async function deployIdle(site: Site, namespace: string, replicas: number): Promise<void> {
  const spec = { replicas, selector: { matchLabels: { app: 'idle' } }, template: idlePod(site, 'idle') };
  await site.apply([{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'idle', namespace }, spec }]);
  await idleRuns(site, namespace);
}

/** Resolves when all pods of it are ready. */
export async function idleRuns(site: Site, namespace: string): Promise<void> {
  await site.kubectl(['rollout', 'status', '--namespace', namespace, '--timeout=120s', 'deployment/idle']);
}
