import { runFinalizer, runLabel } from '../../../../crds/labels.ts';
import type { ObjectMeta } from '../../../../kube/objects.ts';
import type { Container, PodSpec, Toleration, Volume, VolumeMount } from '../../../../kube/workloads.ts';
import { podPaths } from './contract.ts';
import { ownVolumeNames, runnerContainer, runObjectName, scratchPath } from './names.ts';
import type { JobOrder, JobSettings } from './order.ts';
import type { PodTemplate } from './template.ts';

/** User and group of the runner image. */
const runnerUser = 65_532;
/** Seconds for the program in the pod to stop the run and tell what it came to. */
const gracePeriod = 30;
/** Seconds that a node may be out of reach before its pods count as lost. */
const nodePatience = 30;

export function podMetadata(id: string, template: PodTemplate | undefined): Partial<ObjectMeta> {
  return {
    labels: { 'app.kubernetes.io/managed-by': 'fleetwright', ...template?.metadata?.labels, [runLabel]: id },
    // What is interrupted is not repeated, so those who make room on nodes shall take other pods.
    annotations: {
      'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
      'karpenter.sh/do-not-disrupt': 'true',
      ...template?.metadata?.annotations,
    },
    finalizers: [runFinalizer],
  };
}

/** The template of the operator adds to it, and replaces nothing of what a run depends on. */
export function podSpec(order: JobOrder, settings: JobSettings): PodSpec {
  const { containers: _, ...template } = settings.podTemplate?.spec ?? {};
  const { serviceAccountName } = order.job ?? {};
  return {
    ...template,
    containers: [container(order, settings)],
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: gracePeriod,
    ...(serviceAccountName === undefined ? {} : { serviceAccountName }),
    automountServiceAccountToken: serviceAccountName !== undefined,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: runnerUser,
      runAsGroup: runnerUser,
      fsGroup: runnerUser,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    volumes: withOwn(template.volumes, ownVolumes(order), ({ name }) => name),
    tolerations: [
      ...(template.tolerations ?? []).filter((toleration) => !isNodePatience(toleration)),
      ...nodePatienceTolerations,
    ],
  };
}

function container(order: JobOrder, settings: JobSettings): Container {
  const { name: _, ...template } = settings.podTemplate?.spec?.containers?.find(
    ({ name }) => name === runnerContainer,
  ) ?? { name: runnerContainer };
  const { resources } = order.job ?? {};
  const imagePullPolicy = settings.imagePullPolicy ?? template.imagePullPolicy;
  return {
    ...template,
    name: runnerContainer,
    image: order.job?.image ?? settings.image,
    ...(imagePullPolicy === undefined ? {} : { imagePullPolicy }),
    args: ['controllers/agenttask/pod/main.ts'],
    resources: { ...template.resources, ...resources },
    volumeMounts: withOwn(template.volumeMounts, ownMounts(order), ({ mountPath }) => mountPath),
    terminationMessagePath: podPaths.result,
    terminationMessagePolicy: 'File',
    securityContext: {
      allowPrivilegeEscalation: false,
      privileged: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
  };
}

const [runVolume, credentialsVolume, workVolume, scratchVolume] = ownVolumeNames;

function ownVolumes({ id, credentialsSecret }: JobOrder): readonly Volume[] {
  return [
    { name: runVolume, configMap: { name: runObjectName(id), defaultMode: 0o444 } },
    ...(credentialsSecret === undefined
      ? []
      : [
          { name: credentialsVolume, projected: { defaultMode: 0o440, sources: credentialSources(credentialsSecret) } },
        ]),
    { name: workVolume, emptyDir: { medium: 'Memory' } },
    { name: scratchVolume, emptyDir: {} },
  ];
}

/** What else is in the Secret is not the content's business. */
function credentialSources(name: string): readonly object[] {
  return [
    { secret: { name, items: [{ key: 'ssh-privatekey', path: 'ssh-privatekey' }] } },
    { secret: { name, items: [{ key: 'known_hosts', path: 'known_hosts' }], optional: true } },
  ];
}

function ownMounts({ credentialsSecret }: JobOrder): readonly VolumeMount[] {
  return [
    { name: runVolume, mountPath: podPaths.run, readOnly: true },
    ...(credentialsSecret === undefined
      ? []
      : [{ name: credentialsVolume, mountPath: podPaths.credentials, readOnly: true }]),
    { name: workVolume, mountPath: podPaths.work },
    { name: scratchVolume, mountPath: scratchPath },
  ];
}

const nodePatienceTolerations: readonly Toleration[] = [
  'node.kubernetes.io/not-ready',
  'node.kubernetes.io/unreachable',
].map((key) => ({
  key,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: nodePatience,
}));

function isNodePatience({ key, effect }: Toleration): boolean {
  return effect === 'NoExecute' && nodePatienceTolerations.some((own) => own.key === key);
}

function withOwn<T>(theirs: readonly T[] | undefined, own: readonly T[], key: (item: T) => string): readonly T[] {
  return [...(theirs ?? []).filter((item) => !own.some((mine) => key(mine) === key(item))), ...own];
}
