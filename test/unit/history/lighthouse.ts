import { apiVersionOf, type KubeObject, type ObjectMeta, type ResourceType } from '../../../kube/objects.ts';
import type { HistoryKind } from '../../../history/kind.ts';

/** A made-up kind that is unlike AgentTask: cluster-scoped, never at an end, with details of its own. */
export interface Lighthouse extends KubeObject {
  readonly spec: { readonly colour: string; readonly key?: string };
  readonly status?: {
    readonly phase?: 'Turning' | 'Lit';
    readonly observedGeneration?: number;
    readonly lamps?: readonly Lamp[];
  };
}

interface Lamp {
  readonly name: string;
  readonly hours?: number;
  readonly remark?: string;
}

const lighthouses: ResourceType<Lighthouse> = {
  group: 'fleetwright.io',
  version: 'v1alpha1',
  plural: 'lighthouses',
  kind: 'Lighthouse',
  namespaced: false,
};

export const lighthouseHistory: HistoryKind<Lighthouse> = {
  type: lighthouses,
  recordPer: 'generation',
  isOver: ({ metadata, status }) => status?.phase === 'Lit' && status.observedGeneration === metadata.generation,
  startedAt: () => undefined,
  endedAt: () => undefined,
  phaseOf: ({ status }) => status?.phase,
  slim(lighthouse) {
    const { key: _, ...spec } = lighthouse.spec;
    return { ...lighthouse, spec };
  },
  shrink({ status, ...lighthouse }) {
    return { ...lighthouse, ...(status?.phase === undefined ? {} : { status: { phase: status.phase } }) };
  },
  fields: ({ spec }) => ({ colour: spec.colour }),
  parts: {
    tables: { lamp: { name: 'word', hours: 'integer', remark: 'text' } },
    detach(lighthouse) {
      const { lamps, ...status } = lighthouse.status ?? {};
      if (lamps === undefined) return { object: lighthouse, rows: {} };
      return { object: { ...lighthouse, status }, rows: { lamp: lamps.map((lamp) => ({ ...lamp })) } };
    },
    attach(lighthouse, { lamp: rows = [] }) {
      if (rows.length === 0) return lighthouse;
      const lamps = rows.map(({ name, hours, remark }) => ({
        name: String(name),
        ...(hours === undefined ? {} : { hours: Number(hours) }),
        ...(remark === undefined ? {} : { remark: String(remark) }),
      }));
      return { ...lighthouse, status: { ...lighthouse.status, lamps } };
    },
  },
  attachments: {
    tables: { sighting: { ship: 'word', hour: 'integer' } },
    read: async () => ({ sighting: [{ ship: 'Fram', hour: 3 }] }),
  },
};

/** The uid of the one that `aLighthouse` makes. */
export const lighthouseUid = '11111111-0000-4000-8000-000000000001';

export function aLighthouse(
  generation: number,
  colour: string,
  status?: Lighthouse['status'],
  metadata: Partial<ObjectMeta> = {},
): Lighthouse {
  return {
    apiVersion: apiVersionOf(lighthouses),
    kind: 'Lighthouse',
    metadata: { name: 'cape', uid: lighthouseUid, generation, creationTimestamp: '2026-11-21T12:00:00Z', ...metadata },
    spec: { colour },
    ...(status === undefined ? {} : { status }),
  };
}

/** The status of a lighthouse that does what its generation asks for. */
export function lit(generation: number, lamps: readonly Lamp[] = []): NonNullable<Lighthouse['status']> {
  return { phase: 'Lit', observedGeneration: generation, ...(lamps.length === 0 ? {} : { lamps }) };
}
