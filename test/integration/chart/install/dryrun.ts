import { afterAll, describe, expect, test } from 'vitest';

import type { Rendered } from '../../../chart/helm.ts';
import { valueSets } from '../../../chart/value-sets.ts';
import { helm, kubectl, list, plane, system } from './site.ts';

const sets = Object.entries(valueSets);
/** Of operators that the API server at hand does not have. */
const elsewhere = new Set(['monitoring.coreos.com/v1', 'cert-manager.io/v1', 'gateway.networking.k8s.io/v1']);

/** No pod is let in without its service account, also when it is only tried. */
async function accountFor(name: string): Promise<void> {
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: system } };
  await kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], list([account]));
}

interface Workload extends Rendered {
  readonly spec: {
    readonly template: {
      readonly metadata: object;
      readonly spec: {
        readonly serviceAccountName: string;
        readonly containers: readonly { readonly image: string }[];
      };
    };
  };
}

describe('the objects of the chart, tried only', () => {
  afterAll(async () => {
    await kubectl(['delete', 'serviceaccounts', '--all', '-n', system]);
  });

  test.each(sets)('a real API server takes every object of %s, and warns of nothing', async (_name, values) => {
    const objects = (await helm().template(values)).filter(({ apiVersion }) => !elsewhere.has(apiVersion));
    const { code, stdout, stderr } = await plane().kubectl(
      ['apply', '--server-side', '--dry-run=server', '--output=name', '-f', '-'],
      { input: list(objects) },
    );
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(objects.length);
  });

  test.each(sets)('the pods of %s may run where Pod Security is restricted', async (_name, values) => {
    const workloads = (await helm().template(values)).filter(
      ({ kind }) => kind === 'Deployment' || kind === 'Job',
    ) as unknown as readonly Workload[];
    expect(workloads.length).toBeGreaterThan(0);
    for (const { metadata, spec } of workloads) {
      const { serviceAccountName } = spec.template.spec;
      await accountFor(serviceAccountName);
      const pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { ...spec.template.metadata, name: metadata.name, namespace: system },
        spec: spec.template.spec,
      };
      const { code, stderr } = await plane().kubectl(['create', '--dry-run=server', '-f', '-'], {
        input: JSON.stringify(pod),
      });
      expect(stderr).toBe('');
      expect(code).toBe(0);
    }
  });

  test('a pod that is not restricted would have been refused', async () => {
    const [workload] = (await helm().template({})).filter(
      ({ kind }) => kind === 'Deployment',
    ) as unknown as readonly Workload[];
    if (workload === undefined) throw new Error('there is no Deployment');
    const spec = { ...workload.spec.template.spec, securityContext: {}, serviceAccountName: 'fleetwright-controllers' };
    await accountFor('fleetwright-controllers');
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'loose', namespace: system }, spec };
    const { code, stderr } = await plane().kubectl(['create', '--dry-run=server', '-f', '-'], {
      input: JSON.stringify(pod),
    });
    expect(stderr).toContain('violates PodSecurity "restricted');
    expect(code).toBe(1);
  });

  test('what goes to other operators is formed as these expect it', async () => {
    const values = valueSets['everything'] ?? {};
    const objects = (await helm().template(values)).filter(({ apiVersion }) => elsewhere.has(apiVersion));
    const byKind = Object.fromEntries(objects.map((object) => [object.kind, object['spec']]));
    expect(byKind).toEqual({
      ServiceMonitor: {
        selector: { matchLabels: { 'app.kubernetes.io/instance': 'fleetwright', 'fleetwright.io/metrics': 'true' } },
        namespaceSelector: { matchNames: ['fleetwright-system'] },
        endpoints: [
          { port: 'metrics', interval: '30s' },
          { port: 'history-metrics', interval: '30s' },
        ],
      },
      PrometheusRule: {
        groups: expect.arrayContaining([
          expect.objectContaining({ name: 'fleetwright-controllers', rules: expect.any(Array) }),
        ]),
      },
      Certificate: {
        secretName: 'fleet-facade-tls',
        dnsNames: ['fleet.example.com'],
        issuerRef: { kind: 'ClusterIssuer', name: 'letsencrypt' },
        duration: '2160h',
        renewBefore: '720h',
        privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' },
      },
      HTTPRoute: {
        parentRefs: [{ name: 'public', namespace: 'gateways' }],
        hostnames: ['fleet.example.com'],
        rules: [
          {
            matches: [{ path: { type: 'PathPrefix', value: '/' } }],
            backendRefs: [{ name: 'fleet-facade', port: 8443 }],
          },
        ],
      },
    });
  });
});
