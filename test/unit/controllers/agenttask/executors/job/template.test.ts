import { describe, expect, test } from 'vitest';
import { parsePodTemplate, PodTemplateError } from '../../../../../../controllers/agenttask/executors/job/template.ts';

describe('parsePodTemplate', () => {
  test('takes what an operator may add', () => {
    const yaml = `
metadata:
  labels: { team: a }
  annotations: { note: "1" }
spec:
  nodeSelector: { disk: fast }
  tolerations: [{ key: runs, operator: Exists }]
  affinity: { nodeAffinity: {} }
  topologySpreadConstraints: []
  priorityClassName: low
  runtimeClassName: gvisor
  imagePullSecrets: [{ name: registry }]
  volumes: [{ name: content, persistentVolumeClaim: { claimName: content } }]
  containers:
    - name: runner
      imagePullPolicy: Always
      env: [{ name: FLEETWRIGHT_CONTENT_PATH, value: /content }]
      volumeMounts: [{ name: content, mountPath: /content, readOnly: true }]
      resources: { requests: { cpu: 100m } }
`;
    const template = parsePodTemplate(yaml);
    expect(template.metadata?.labels).toEqual({ team: 'a' });
    expect(template.spec?.containers?.[0]?.volumeMounts).toEqual([
      { name: 'content', mountPath: '/content', readOnly: true },
    ]);
    expect(template.spec?.runtimeClassName).toBe('gvisor');
  });

  test('takes an empty file', () => {
    expect(parsePodTemplate('')).toEqual({});
    expect(parsePodTemplate('spec: {}\n')).toEqual({ spec: {} });
  });

  test.each([
    ['spec: [', /not valid YAML/],
    ['- a', /^--job-template \(FLEETWRIGHT_JOB_TEMPLATE\): the template must be a mapping/],
    ['kind: Pod', /: kind cannot be set for the pods of runs\. Remove it; what can be set here: metadata, spec$/],
    ['metadata: { name: x }', /metadata\.name cannot be set.*labels, annotations$/],
    ['metadata: { labels: { a: 1 } }', /metadata\.labels must be a mapping of texts; put numbers/],
    ['spec: { hostNetwork: true }', /spec\.hostNetwork cannot be set/],
    ['spec: { securityContext: { runAsUser: 0 } }', /spec\.securityContext cannot be set/],
    ['spec: { initContainers: [] }', /spec\.initContainers cannot be set/],
    ['spec: { volumes: { a: b } }', /spec\.volumes must be a list of mappings with a name each/],
    ['spec: { volumes: [{ name: fleetwright-work, emptyDir: {} }] }', /the name fleetwright-work is taken/],
    ['spec: { tolerations: [a] }', /spec\.tolerations must be a list of mappings/],
    ['spec: { containers: [{ name: other }] }', /one container with the name "runner"/],
    ['spec: { containers: [{ name: runner }, { name: sidecar }] }', /one container with the name "runner"/],
    ['spec: { containers: [{ name: runner, image: x }] }', /spec\.containers\[0\]\.image cannot be set/],
    [
      'spec: { containers: [{ name: runner, securityContext: {} }] }',
      /spec\.containers\[0\]\.securityContext cannot be set/,
    ],
    ['spec: { containers: [{ name: runner, volumeMounts: [{ name: a }] }] }', /each needs a mountPath/],
    [
      'spec: { containers: [{ name: runner, volumeMounts: [{ name: a, mountPath: /run/ }] }] }',
      /\/run\/ would hide \/run\/fleetwright\/run/,
    ],
    [
      'spec: { containers: [{ name: runner, volumeMounts: [{ name: a, mountPath: /tmp }] }] }',
      /\/tmp would hide \/tmp/,
    ],
    ['spec: { containers: [{ name: runner, volumeMounts: [{ name: a, mountPath: / }] }] }', /\/ would hide/],
  ])('refuses %s and says why', (yaml, message) => {
    expect(() => parsePodTemplate(yaml)).toThrow(PodTemplateError);
    expect(() => parsePodTemplate(yaml)).toThrow(message);
  });
});
