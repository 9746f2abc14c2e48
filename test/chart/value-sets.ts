import type { Values } from './helm.ts';

const peer = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } };

/** Ways to install the chart which, between them, make each object and set each value that the chart knows. */
export const valueSets: Readonly<Record<string, Values>> = {
  'the defaults': {},
  'one namespace, no REST': {
    watchNamespace: 'team-a',
    facade: { enabled: false },
    crds: { install: false },
    policies: { enabled: false },
  },
  'no history, several facades, no Jobs': {
    executors: ['local'],
    history: { enabled: false },
    facade: { replicas: 3, topologySpreadConstraints: [] },
  },
  everything: {
    nameOverride: 'fw',
    fullnameOverride: 'fleet',
    commonLabels: { team: 'night-shift' },
    imagePullSecrets: [{ name: 'registry' }],
    watchNamespace: 'team-a',
    image: { repository: 'registry.example.com/fleetwright', digest: `sha256:${'a'.repeat(64)}`, pullPolicy: 'Always' },
    runnerImage: { repository: 'registry.example.com/runner', tag: '1.2.3' },
    crds: { keep: false },
    executors: ['job', 'local'],
    jobs: {
      maxRuns: 500,
      shardSize: 5,
      startDeadlineSeconds: 86_400,
      ttlSecondsAfterFinished: 31_536_000,
      content: { volume: { image: { reference: 'registry.example.com/content:1' } }, folder: 'current' },
      resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { memory: '4Gi', 'example.com/device': 1 } },
      priorityClassName: 'fleet',
      runtimeClassName: 'gvisor',
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      tolerations: [{ key: 'ops', operator: 'Exists' }],
      affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
      podAnnotations: { c: 'd' },
      podLabels: { e: 'true' },
      extraEnv: [{ name: 'TZ', value: 'UTC' }],
      extraVolumes: [{ name: 'extra', emptyDir: {} }],
      extraVolumeMounts: [{ name: 'extra', mountPath: '/extra' }],
    },
    controllers: {
      replicas: 3,
      maxRuns: 50,
      maxOutputBytes: 1_000_000_000,
      knownHosts: { configMap: 'fleet-known-hosts' },
      content: {
        volume: { configMap: { name: 'content-v1', items: [{ key: 'web', path: 'roles/web/tasks/main.yml' }] } },
        folder: 'current',
      },
      state: {
        volume: {
          ephemeral: {
            volumeClaimTemplate: {
              spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '20Gi' } } },
            },
          },
        },
      },
      secretNamespaces: ['team-a'],
      podDisruptionBudget: { maxUnavailable: '50%' },
      serviceAccount: { annotations: { note: 'x' } },
      priorityClassName: 'system-cluster-critical',
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      tolerations: [{ key: 'ops', operator: 'Exists' }],
      affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
      topologySpreadConstraints: [
        { maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway' },
      ],
      annotations: { a: 'b' },
      podAnnotations: { c: 'd' },
      podLabels: { e: 'f' },
      extraEnv: [{ name: 'TZ', value: 'UTC' }],
      extraVolumes: [{ name: 'extra', emptyDir: {} }],
      extraVolumeMounts: [{ name: 'extra', mountPath: '/extra' }],
    },
    facade: {
      rateLimit: 600,
      stage: { mode: 'original', clusterName: 'site-1' },
      dispatch: {
        namespace: 'team-a',
        mode: 'original',
        openAsUser: 'old-clients',
        ttlSeconds: 31_536_000,
        timeoutSeconds: 604_800,
        credentialsSecret: 'fleet-ssh',
      },
      impersonation: {
        users: ['fleetwright:orion'],
        groups: ['night-shift'],
        serviceAccounts: [{ namespace: 'team-a', name: 'pipeline' }],
      },
      service: { type: 'NodePort', port: 8443, nodePort: 30_443, annotations: { g: 'h' } },
      ingress: { enabled: true, className: 'nginx', annotations: { i: 'j' }, hosts: ['fleet.example.com'] },
      httpRoute: {
        enabled: true,
        parentRefs: [{ name: 'public', namespace: 'gateways' }],
        hostnames: ['fleet.example.com'],
      },
      certificate: { enabled: true, issuerRef: { kind: 'ClusterIssuer', name: 'letsencrypt' } },
      extraEnv: [{ name: 'TZ', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } }],
    },
    history: {
      retentionDays: 0,
      persistence: {
        storageClassName: 'fast',
        accessModes: ['ReadWriteOncePod'],
        size: '20Gi',
        keep: false,
        annotations: { k: 'l' },
      },
    },
    policies: { exemptUsers: ['break-glass'], exemptGroups: ['system:masters', 'platform'] },
    networkPolicy: {
      enabled: true,
      facadeFrom: [peer],
      metricsFrom: [peer],
      restrictEgress: true,
      controllersTo: [{ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ port: 22 }] }],
    },
    metrics: {
      serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
      prometheusRule: { enabled: true, runbooksURL: 'https://example.com/runbooks/' },
      dashboard: { enabled: true },
    },
    uninstall: { timeoutSeconds: 60 },
  },
  'HTTPS from the facade': {
    networkPolicy: { enabled: true },
    facade: {
      tls: { enabled: true, secretName: 'own-tls' },
      httpRoute: { enabled: true, parentRefs: [{ name: 'public', namespace: 'gateways' }] },
    },
  },
  'an own volume and an open network policy': {
    history: { persistence: { existingClaim: 'old-history' } },
    networkPolicy: { enabled: true, restrictEgress: true },
    jobs: { content: { volume: { configMap: { name: 'content-v1' } } } },
    metrics: { serviceMonitor: { enabled: true }, prometheusRule: { enabled: true } },
    facade: {
      serviceAccount: { create: false, name: 'given' },
      ingress: { enabled: true, hosts: ['fleet.example.com'], tlsSecret: 'own-tls' },
      dispatch: { ttlSeconds: 'never' },
    },
    controllers: { secretNamespaces: ['team-a', 'team-b'], replicas: 1 },
  },
};
