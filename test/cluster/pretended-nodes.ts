import { stringify } from 'yaml';

const nodeNames = ['node-a', 'node-b', 'node-c'] as const;
const roomy = { cpu: '32', memory: '256Gi', pods: '1000' };

/** Three nodes in three zones for kwok to keep alive. Nothing runs on them; the scheduler cannot tell. */
export function pretendedNodes(): readonly object[] {
  return nodeNames.map((name) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      annotations: { 'kwok.x-k8s.io/node': 'fake' },
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'topology.kubernetes.io/region': 'local',
        'topology.kubernetes.io/zone': `zone-${name.slice(-1)}`,
        type: 'kwok',
      },
    },
    status: { capacity: roomy, allocatable: roomy },
  }));
}

// The templates are Go's, filled in by kwok: Now, NodeIP, NodeName, NodeConditions, NodeIPWith, PodIPWith and Quote are
// its functions.
const nodeStatus = `
{{ $now := Now }}
conditions:
{{ range NodeConditions }}
- type: {{ .type | Quote }}
  status: {{ .status | Quote }}
  reason: {{ .reason | Quote }}
  message: {{ .message | Quote }}
  lastHeartbeatTime: {{ $now | Quote }}
  lastTransitionTime: {{ $now | Quote }}
{{ end }}
addresses:
- type: InternalIP
  address: {{ NodeIP | Quote }}
- type: Hostname
  address: {{ NodeName | Quote }}
nodeInfo:
  architecture: amd64
  operatingSystem: linux
  containerRuntimeVersion: kwok
  kernelVersion: kwok
  kubeProxyVersion: kwok
  kubeletVersion: kwok
  osImage: kwok
  bootID: ""
  machineID: ""
  systemUUID: ""
phase: Running
`;

const podAddresses = `
hostIP: {{ NodeIPWith .spec.nodeName | Quote }}
{{ $uid := or .metadata.uid "" }}
{{ $name := or .metadata.name "" }}
{{ $namespace := or .metadata.namespace "" }}
podIP: {{ PodIPWith .spec.nodeName ( or .spec.hostNetwork false ) $uid $name $namespace | Quote }}
startTime: {{ $now | Quote }}
`;

const podRunning = `
{{ $now := Now }}
phase: Running
conditions:
{{ range $type := list "PodReadyToStartContainers" "Initialized" "ContainersReady" "Ready" }}
- type: {{ $type | Quote }}
  status: "True"
  lastTransitionTime: {{ $now | Quote }}
{{ end }}
{{ range .spec.readinessGates }}
- type: {{ .conditionType | Quote }}
  status: "True"
  lastTransitionTime: {{ $now | Quote }}
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  ready: true
  started: true
  restartCount: 0
  state:
    running:
      startedAt: {{ $now | Quote }}
{{ end }}
${podAddresses}
`;

const podSucceeded = `
{{ $now := Now }}
phase: Succeeded
conditions:
- type: Initialized
  status: "True"
  reason: PodCompleted
  lastTransitionTime: {{ $now | Quote }}
- type: Ready
  status: "False"
  reason: PodCompleted
  lastTransitionTime: {{ $now | Quote }}
- type: ContainersReady
  status: "False"
  reason: PodCompleted
  lastTransitionTime: {{ $now | Quote }}
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  ready: false
  started: false
  restartCount: 0
  state:
    terminated:
      exitCode: 0
      reason: Completed
      startedAt: {{ $now | Quote }}
      finishedAt: {{ $now | Quote }}
{{ end }}
`;

const alive = { key: '.metadata.deletionTimestamp', operator: 'DoesNotExist' };
const phase = (...values: readonly string[]): object => ({ key: '.status.phase', operator: 'In', values });

/** What kwok does with nodes and pods: nodes become Ready, pods run, pods of Jobs succeed, deleted pods go. */
export function kwokStages(): string {
  return [
    stage('node-ready', 'Node', [{ key: '.status.phase', operator: 'NotIn', values: ['Running'] }], {
      statusTemplate: nodeStatus,
    }),
    stage('pod-running', 'Pod', [alive, phase('Pending')], { statusTemplate: podRunning }),
    stage(
      'pod-of-job-succeeds',
      'Pod',
      [alive, phase('Running'), { key: '.metadata.ownerReferences.[].kind', operator: 'In', values: ['Job'] }],
      { statusTemplate: podSucceeded },
    ),
    stage('pod-gone', 'Pod', [{ key: '.metadata.deletionTimestamp', operator: 'Exists' }], { delete: true }),
  ].join('---\n');
}

function stage(name: string, kind: 'Node' | 'Pod', matchExpressions: readonly object[], next: object): string {
  return stringify({
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'Stage',
    metadata: { name },
    spec: { resourceRef: { apiGroup: 'v1', kind }, selector: { matchExpressions }, next },
  });
}
