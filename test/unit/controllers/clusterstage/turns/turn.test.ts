import fc from 'fast-check';
import { expect, test } from 'vitest';

import { stepsOf } from '../../../../../controllers/clusterstage/stage-steps.ts';
import { isControlPlane, inTurn, zoneOf } from '../../../../../controllers/clusterstage/turns/order.ts';
import { amountOf } from '../../../../../controllers/clusterstage/turns/limits.ts';
import { mayBegin, type Turn } from '../../../../../controllers/clusterstage/turns/turn.ts';
import type { ClusterStageProgressNode, ClusterStageSpec } from '../../../../../crds/types/clusterstage.ts';
import type { Node } from '../../../../../kube/builtin.ts';
import { amount } from '../../../../harness/matrix.ts';

const now = new Date('2026-01-01T00:00:00Z');
const upgrade = { taskTemplate: { namespace: 'default', spec: { content: '- ping:\n' } } };
const allSteps = stepsOf({ stage: 'upgrading', upgrade });

interface Trait {
  readonly zone: string;
  readonly controlPlane: boolean;
}

/** Nodes of a cluster under an upgrade, moved step by step; the turns decide who begins. */
class Model {
  readonly spec: ClusterStageSpec;
  readonly ownNode: string | undefined;
  readonly ready = new Map<string, boolean>();
  readonly begun = new Map<string, number>();
  /** Out of service as far as the cache shows, though their turn has ended. */
  readonly cordoned = new Set<string>();
  /** Of these, those that this pass puts back. */
  readonly back = new Set<string>();
  readonly #nodes: readonly Node[];
  readonly #list: ClusterStageProgressNode[];
  trouble: string | undefined;

  constructor(spec: Omit<ClusterStageSpec, 'stage' | 'scope' | 'upgrade'>, traits: readonly Trait[], own?: number) {
    this.spec = { scope: 'Cluster', stage: 'upgrading', upgrade, ...spec };
    this.#nodes = traits.map(({ zone, controlPlane }, index) => ({
      metadata: {
        name: `node-${String(index).padStart(2, '0')}`,
        labels: {
          ...(zone === '' ? {} : { 'topology.kubernetes.io/zone': zone }),
          ...(controlPlane ? { 'node-role.kubernetes.io/control-plane': '' } : {}),
        },
      },
    }));
    this.ownNode = own === undefined ? undefined : this.#nodes[own % this.#nodes.length]?.metadata.name;
    for (const { metadata } of this.#nodes) this.ready.set(metadata.name, true);
    this.#list = inTurn(this.#nodes, this.spec.perZone, this.ownNode).map((name) => ({ name, rate: 0 }));
  }

  get names(): readonly string[] {
    return this.#list.map(({ name }) => name);
  }

  get underWay(): readonly string[] {
    return this.#list.flatMap(({ name, current }) => (current === undefined ? [] : [name]));
  }

  get done(): boolean {
    return this.#list.every(({ completed = [] }) => completed.length === allSteps.length);
  }

  /** Under way, or not ready. */
  get out(): readonly string[] {
    return this.names.filter((name) => this.underWay.includes(name) || this.ready.get(name) === false);
  }

  zone(name: string): string {
    const node = this.#nodes.find(({ metadata }) => metadata.name === name);
    return node === undefined ? '' : zoneOf(node, {});
  }

  isControlPlane(name: string): boolean {
    return this.#nodes.some((node) => node.metadata.name === name && isControlPlane(node));
  }

  look(at = now): Turn {
    const nodes = this.#nodes.map((node): Node => ({
      ...node,
      spec: { unschedulable: [...this.underWay, ...this.cordoned].includes(node.metadata.name) },
      status: {
        conditions: [{ type: 'Ready', status: this.ready.get(node.metadata.name) === false ? 'Unknown' : 'True' }],
      },
    }));
    const stage = {
      apiVersion: 'fleetwright.io/v1alpha1' as const,
      kind: 'ClusterStage' as const,
      metadata: { name: 'cluster' },
      spec: this.spec,
      status: { run: { id: 1, digest: 'd', stage: 'upgrading' as const, startTime: now.toISOString() } },
    };
    return mayBegin(
      {
        stage,
        nodes: new Map(nodes.map((node) => [node.metadata.name, { node }])),
        controlPlane: {
          nodes: new Map(
            nodes
              .filter(isControlPlane)
              .map(({ metadata: { name } }) => [name, { away: this.out.includes(name), goesFirst: false }]),
          ),
          trouble: this.trouble,
        },
        ownNode: this.ownNode,
        back: this.back,
      },
      this.#list,
      at,
    );
  }

  begin(name: string): void {
    this.begun.set(name, (this.begun.get(name) ?? 0) + 1);
    this.#change(name, { current: 'claim' });
  }

  end(name: string): void {
    this.#change(name, { completed: allSteps });
  }

  #change(name: string, fields: Partial<ClusterStageProgressNode>): void {
    const index = this.#list.findIndex((node) => node.name === name);
    this.#list[index] = { name, rate: 0, ...fields };
  }
}

const limit = fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constantFrom('1%', '20%', '50%', '100%'));
const specs = fc.record(
  {
    maxUnavailable: limit,
    perZone: fc.record({ maxUnavailable: limit, zonesAtOnce: fc.integer({ min: 1, max: 3 }) }),
  },
  { requiredKeys: [] },
);
const traits = fc.array(
  fc.record({
    zone: fc.constantFrom('', 'a', 'b', 'c'),
    controlPlane: fc.integer({ max: 3, min: 0 }).map((n) => n === 0),
  }),
  { minLength: 1, maxLength: 20 },
);
/** What others do between two looks: a node ends its turn, falls ill or is well again. */
const moves = fc.array(fc.tuple(fc.constantFrom('ends', 'ill', 'well', 'etcd'), fc.nat(50)), { maxLength: 60 });

function checkLimits(model: Model, begins: readonly string[]): void {
  const { perZone, maxUnavailable = 1 } = model.spec;
  if (begins.length === 0) return;
  const { out } = model;
  expect(out.length).toBeLessThanOrEqual(amountOf(maxUnavailable, model.names.length));
  for (const name of begins) {
    const zone = model.zone(name);
    const size = model.names.filter((each) => model.zone(each) === zone).length;
    const inZone = out.filter((each) => model.zone(each) === zone).length;
    if (perZone !== undefined) expect(inZone).toBeLessThanOrEqual(amountOf(perZone.maxUnavailable, size));
    if (perZone?.zonesAtOnce !== undefined)
      expect(new Set(out.map((each) => model.zone(each))).size).toBeLessThanOrEqual(perZone.zonesAtOnce);
    if (model.isControlPlane(name)) {
      expect(out.filter((each) => model.isControlPlane(each))).toEqual([name]);
      expect(model.trouble).toBeUndefined();
    }
    if (name === model.ownNode) expect(model.begun.size).toBe(model.names.length);
  }
}

function pass(model: Model): void {
  const begins = [...model.look().begins];
  for (const name of begins) model.begin(name);
  checkLimits(model, begins);
}

test('whatever others do, no limit is passed, and in the end each node had its turn once', () => {
  fc.assert(
    fc.property(specs, traits, fc.option(fc.nat(), { nil: undefined }), moves, (spec, all, own, happens) => {
      const model = new Model(spec, all, own);
      for (const [what, which] of happens) {
        pass(model);
        const name = model.names[which % model.names.length] ?? '';
        const busy = model.underWay[which % Math.max(1, model.underWay.length)];
        if (what === 'ends' && busy !== undefined) model.end(busy);
        if (what === 'ill' || what === 'well') model.ready.set(name, what === 'well');
        if (what === 'etcd') model.trouble = model.trouble === undefined ? 'etcd' : undefined;
      }
      for (const name of model.names) model.ready.set(name, true);
      model.trouble = undefined;
      for (let step = 0; step <= 2 * model.names.length && !model.done; step += 1) {
        for (const name of model.underWay) model.end(name);
        pass(model);
      }
      expect(model.done).toBe(true);
      expect([...model.begun.values()].every((times) => times === 1)).toBe(true);
    }),
    { numRuns: amount(300, 3000) },
  );
});

const worker = (zone: string): Trait => ({ zone, controlPlane: false });
const master: Trait = { zone: 'a', controlPlane: true };

test('a node that this pass puts back makes room for the next one, unless it is not ready', () => {
  const model = new Model({ maxUnavailable: 1 }, [worker('a'), worker('a')]);
  const [first = '', second = ''] = model.names;
  model.end(first);
  model.cordoned.add(first);
  expect(model.look()).toMatchObject({ begins: new Set(), waiting: { reason: 'MaxUnavailable' } });
  model.back.add(first);
  expect(model.look().begins).toEqual(new Set([second]));
  model.ready.set(first, false);
  expect(model.look().begins).toEqual(new Set());
});

test('workers go zone by zone, then the control plane, then the node of the controllers', () => {
  const model = new Model(
    { perZone: { maxUnavailable: 1 } },
    [master, worker('b'), worker('a'), master, worker('a')],
    2,
  );
  expect(model.names).toEqual(['node-04', 'node-01', 'node-00', 'node-03', 'node-02']);
});

test.each<[what: string, model: Model, prepare: (model: Model) => void, reason: string, message: string]>([
  [
    'a node that is not ready',
    new Model({}, [worker('a'), worker('a')]),
    (model) => {
      model.end('node-01');
      model.ready.set('node-01', false);
    },
    'MaxUnavailable',
    '1 of 2 nodes wait: out of service are node-01, and maxUnavailable allows 1',
  ],
  [
    'the limit of a zone',
    new Model({ maxUnavailable: 2, perZone: { maxUnavailable: '50%' } }, [worker('a'), worker('a')]),
    (model) => model.begin('node-00'),
    'ZoneLimit',
    '1 of 2 nodes wait: in zone a out of service are node-00, and perZone.maxUnavailable allows 1',
  ],
  [
    'nodes of another zone',
    new Model({ maxUnavailable: 2, perZone: { maxUnavailable: 2, zonesAtOnce: 1 } }, [worker('a'), worker('b')]),
    (model) => model.begin('node-00'),
    'ZoneLimit',
    '1 of 2 nodes wait: nodes of other zones are out of service (a), and perZone.zonesAtOnce is 1',
  ],
  [
    'another node of the control plane',
    new Model({ maxUnavailable: 2 }, [master, master]),
    (model) => model.begin('node-00'),
    'ControlPlane',
    '1 of 2 nodes wait: node-01 is of the control plane, and so is node-00, which is out of service, or about to be',
  ],
  [
    'the store of the control plane',
    new Model({}, [master]),
    (model) => {
      model.trouble = '/readyz of the API server says that etcd fails';
    },
    'ControlPlane',
    'node-00 is of the control plane, which is not healthy: /readyz of the API server says that etcd fails',
  ],
  [
    'the window',
    new Model({ window: { from: '12:00', to: '13:00' } }, [worker('a')]),
    () => undefined,
    'OutsideWindow',
    'spec.window opens at 2026-01-01T12:00:00Z',
  ],
  [
    'a pause',
    new Model({ paused: true }, [worker('a')]),
    () => undefined,
    'Paused',
    'spec.paused is true; set it to false to let further nodes begin',
  ],
])('no further node begins because of %s, which is told', (_, model, prepare, reason, message) => {
  prepare(model);
  const { begins, waiting } = model.look();
  expect([...begins]).toEqual([]);
  expect(waiting).toMatchObject({ reason, message });
});

test('after the deadline no further node begins, also while one is under way', () => {
  const model = new Model({ deadlineSeconds: 60, maxUnavailable: 2 }, [worker('a'), worker('a')]);
  model.begin('node-00');
  const { begins, waiting } = model.look(new Date('2026-01-01T00:01:00Z'));
  expect([...begins]).toEqual([]);
  expect(waiting).toEqual({
    reason: 'DeadlineExceeded',
    message:
      '2 of 2 nodes are not where they were to come after 60 s (deadlineSeconds): no further node begins, and ' +
      'nothing is forced. Raise deadlineSeconds, or set the stage to running',
    stuck: true,
  });
  expect([...model.look(new Date('2026-01-01T00:00:59Z')).begins]).toEqual(['node-01']);
});
