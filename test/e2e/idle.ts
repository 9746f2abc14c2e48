import type { Site } from './site.ts';

/** A Deployment `idle` in a namespace whose pods do nothing, and end when they are told to; resolves when all run. */
export async function deployIdle(site: Site, namespace: string, replicas: number): Promise<void> {
  const container = {
    name: 'idle',
    image: site.e2e.images.fleetwright.reference,
    args: ['--eval', 'setInterval(() => {}, 1e9); process.once("SIGTERM", () => process.exit(0))'],
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  };
  const template = {
    metadata: { labels: { app: 'idle' } },
    spec: {
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [container],
    },
  };
  const spec = { replicas, selector: { matchLabels: { app: 'idle' } }, template };
  await site.apply([{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'idle', namespace }, spec }]);
  await idleRuns(site, namespace);
}

/** Resolves when all pods of it are ready. */
export async function idleRuns(site: Site, namespace: string): Promise<void> {
  await site.kubectl(['rollout', 'status', '--namespace', namespace, '--timeout=120s', 'deployment/idle']);
}
