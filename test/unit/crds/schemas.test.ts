import { describe, expect, test } from 'vitest';
import { lacks } from './limits.ts';
import { at, nodes, readCrds, schemaOf } from './schema.ts';
import type { Crd } from './schema.ts';

const crds = await readCrds();

function crdOf(kind: string): Crd {
  const found = crds.find((crd) => crd.spec.names.kind === kind);
  if (found === undefined) throw new Error(`crds/ has no ${kind}`);
  return found;
}

const task = schemaOf(crdOf('AgentTask'));
const job = schemaOf(crdOf('AgentJob'));

describe.each(crds.map((crd) => [crd.metadata.name, crd] as const))('%s', (name, crd) => {
  test('gives every string, list, map and integer a limit and every field a description', () => {
    expect(
      nodes(schemaOf(crd))
        .flatMap(lacks)
        .filter((text) => text !== 'metadata lacks a description'),
    ).toEqual([]);
    expect(schemaOf(crd).description).toEqual(expect.any(String));
  });

  test('is in the group, the version and the category that all kinds share', () => {
    expect(name).toBe(`${crd.spec.names.plural}.fleetwright.io`);
    expect(crd.spec.group).toBe('fleetwright.io');
    expect(crd.spec.names.categories).toEqual(['fleetwright']);
    expect(crd.spec.versions.map((version) => version.name)).toEqual(['v1alpha1']);
  });

  test('gives a message to every validation rule', () => {
    const rules = [{ path: '', schema: schemaOf(crd) }, ...nodes(schemaOf(crd))].flatMap(({ path, schema }) =>
      rulesOf(schema).map((rule) => ({ path, ...rule })),
    );
    expect(rules.length).toBeGreaterThan(0);
    expect(rules.filter((rule) => !rule.message)).toEqual([]);
  });
});

test.each([
  [{ type: 'string', description: 'x' }, ['a lacks maxLength']],
  [{ type: 'string', maxLength: 1 }, ['a lacks a description']],
  [{ type: 'integer', description: 'x', format: 'int32', minimum: 0 }, ['a lacks maximum']],
  [
    { type: 'array', description: 'x', items: { type: 'string' } },
    ['a lacks maxItems', 'a lacks x-kubernetes-list-type'],
  ],
  [{ type: 'object', description: 'x' }, ['a lacks maxProperties', 'a lacks additionalProperties']],
  [{ description: 'x' }, ['a lacks a type among string, integer, boolean, array and object']],
] as const)('a schema part without its limits is recognised: %j', (schema, expected) => {
  expect(lacks({ path: 'a', schema: structuredClone(schema) as object })).toEqual(expected);
});

describe('AgentTask', () => {
  test('may change nothing but these fields once it has started', () => {
    const rules = rulesOf(task).filter(
      ({ rule, fieldPath }) => rule.includes('startTime') && comparison(fieldPath).test(rule),
    );
    const frozen = new Set(rules.map(({ fieldPath }) => fieldPath.replace('.spec.', '')));
    const free = Object.keys(at(task, 'spec').properties ?? {}).filter((field) => !frozen.has(field));
    expect(free.toSorted()).toEqual(['confirm', 'paused', 'stop', 'ttlSecondsAfterFinished']);
  });

  test('has no default where an AgentJob may give one, since a default could not be told from a choice', () => {
    const shared = Object.keys(at(job, 'spec').properties ?? {}).filter((field) => field !== 'description');
    expect(shared.toSorted()).toEqual(['become', 'content', 'forks', 'timeoutSeconds', 'user', 'variables']);
    expect(shared.filter((field) => at(task, `spec.${field}`).default !== undefined)).toEqual([]);
  });

  test('limits what an AgentJob gives it as it limits its own', () => {
    const limits = [
      'maxLength',
      'minimum',
      'maximum',
      'maxProperties',
      'additionalProperties',
      'enum',
      'default',
      'x-kubernetes-validations',
    ];
    const limitsAt = (schema: typeof task, path: string): unknown[] => limits.map((key) => at(schema, path)[key]);
    for (const field of ['content', 'user', 'become.user', 'become.method', 'variables', 'forks', 'timeoutSeconds']) {
      expect({ field, limits: limitsAt(job, `spec.${field}`) }).toEqual({
        field,
        limits: limitsAt(task, `spec.${field}`),
      });
    }
  });

  test('has conditions as Kubernetes shapes them, and shows an unready one before the controller first writes', () => {
    const conditions = at(task, 'status.conditions');
    expect(conditions).toMatchObject({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] });
    expect(at(task, 'status.conditions[]').required).toEqual([
      'type',
      'status',
      'reason',
      'message',
      'lastTransitionTime',
    ]);
    expect(at(task, 'status.conditions[].status').enum).toEqual(['True', 'False', 'Unknown']);
    expect(at(task, 'status.conditions[].lastTransitionTime').format).toBe('date-time');
    expect(at(task, 'status').default).toMatchObject({
      observedGeneration: 0,
      conditions: [
        { type: 'Ready', status: 'Unknown' },
        { type: 'Reconciling', status: 'True' },
      ],
    });
  });

  test('keeps its status apart from its spec, and an AgentJob has none', () => {
    expect(crdOf('AgentTask').spec.versions[0]?.subresources).toEqual({ status: {} });
    expect(crdOf('AgentJob').spec.versions[0]?.subresources).toBeUndefined();
    expect(Object.keys(job.properties ?? {})).not.toContain('status');
  });

  test('has no enumeration value that YAML 1.1 reads as a boolean when it is not quoted', () => {
    const values = [task, job]
      .flatMap((schema) => nodes(schema))
      .flatMap(({ path, schema }) => (path.endsWith('conditions[].status') ? [] : (schema.enum ?? [])));
    expect(values.length).toBeGreaterThan(0);
    expect(
      values.filter((value) => /^(y|n|yes|no|on|off|true|false)$/i.test(JSON.stringify(value).replaceAll('"', ''))),
    ).toEqual([]);
  });
});

/** The part of a rule that compares a field with its former value, in plain or in dynamically typed notation. */
function comparison(fieldPath: string): RegExp {
  const field = fieldPath.replace('.spec.', '');
  return new RegExp(
    String.raw`(self\.spec|dyn\(self\.spec\))\.${field} == (oldSelf\.spec|dyn\(oldSelf\.spec\))\.${field}\b`,
  );
}

interface Rule {
  readonly rule: string;
  readonly message: string;
  readonly fieldPath: string;
}

function rulesOf(schema: typeof task): readonly Rule[] {
  const rules: unknown = schema['x-kubernetes-validations'] ?? [];
  if (!Array.isArray(rules)) throw new Error('x-kubernetes-validations is not a list');
  return rules.map((entry: Partial<Rule>) => ({ rule: '', message: '', fieldPath: '', ...entry }));
}
