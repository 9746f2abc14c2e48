import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { JSONSchema4 } from 'json-schema';
import { checkTypes } from '../../../crds/generate.ts';
import { SchemaError, typesOf } from '../../../crds/schema-to-types.ts';
import type { CustomResourceDefinition } from '../../../crds/schema-to-types.ts';
import { crdFolder } from './schema.ts';

const generator = fileURLToPath(new URL('generate.ts', crdFolder));

async function copyOfCrds(): Promise<URL> {
  const folder = await mkdtemp(join(tmpdir(), 'fleetwright-crds-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await cp(crdFolder, folder, { recursive: true });
  return pathToFileURL(`${folder}/`);
}

describe('the generated types', () => {
  test('are current', async () => {
    expect(await checkTypes(crdFolder)).toEqual([]);
  });

  test('are reported, with the command to run, when one is stale, missing, or left behind', async () => {
    const folder = await copyOfCrds();
    await writeFile(new URL('types/agenttask.ts', folder), 'export interface AgentTask {}\n');
    await rm(new URL('types/agentjob.ts', folder));
    await writeFile(new URL('types/gone.ts', folder), '');
    expect(await checkTypes(folder)).toEqual([
      expect.stringMatching(/types\/agentjob\.ts is missing: run node crds\/generate\.ts$/),
      expect.stringMatching(/types\/agenttask\.ts is stale: run node crds\/generate\.ts$/),
      expect.stringMatching(/types\/gone\.ts has no CRD: delete it$/),
    ]);
  });

  test('are checked by --check, and an unknown argument is refused with the usage', async () => {
    await expect(promisify(execFile)(process.execPath, [generator, '--check'])).resolves.toMatchObject({ stderr: '' });
    await expect(promisify(execFile)(process.execPath, [generator, '--chekc'])).rejects.toMatchObject({
      code: 2,
      stderr: 'unknown argument --chekc; usage: node crds/generate.ts [--check]\n',
    });
  });
});

function crd(properties: Record<string, JSONSchema4>): CustomResourceDefinition {
  const spec: JSONSchema4 = { type: 'object', properties };
  return {
    spec: {
      group: 'example.test',
      scope: 'Cluster',
      names: { kind: 'Thing', plural: 'things' },
      versions: [
        {
          name: 'v1',
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', required: ['spec'], properties: { spec } } },
        },
      ],
    },
  };
}

const cases: readonly (readonly [what: string, spec: Record<string, JSONSchema4>, expected: string])[] = [
  ['an int-or-string', { limit: { 'x-kubernetes-int-or-string': true } }, 'readonly limit?: number | string;'],
  [
    'an object of unknown fields',
    { data: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
    'readonly data?: Readonly<Record<string, unknown>>;',
  ],
  [
    'a map of unknown values',
    { data: { type: 'object', additionalProperties: { 'x-kubernetes-preserve-unknown-fields': true } } },
    'readonly data?: Readonly<Record<string, unknown>>;',
  ],
  ['a value of unknown type', { value: { 'x-kubernetes-preserve-unknown-fields': true } }, 'readonly value?: unknown;'],
  [
    'a bounded list as a plain list',
    { names: { type: 'array', minItems: 1, maxItems: 2, items: { type: 'string' } } },
    'readonly names?: readonly string[];',
  ],
  ['a map', { labels: { type: 'object', additionalProperties: { type: 'string' } } }, 'readonly [k: string]: string;'],
  ['an enumeration', { mode: { type: 'string', enum: ['A', 'B'] } }, "export type ThingMode = 'A' | 'B';"],
  [
    'an enumeration that takes more than a line',
    { mode: { type: 'string', enum: ['A'.repeat(60), 'B'.repeat(60)] } },
    `export type ThingMode =\n  | '${'A'.repeat(60)}'\n  | '${'B'.repeat(60)}';`,
  ],
  [
    'the items of a list',
    { parts: { type: 'array', items: { type: 'object', properties: { size: { type: 'integer' } } } } },
    'readonly parts?: readonly ThingPart[];',
  ],
];

describe('typesOf', () => {
  test.each(cases)('expresses %s', async (_what, spec, expected) => {
    expect(await typesOf(crd(spec), 'make types')).toContain(expected);
  });

  test('refuses a schema in which two parts would have the same name', async () => {
    const part: JSONSchema4 = { type: 'object', properties: { a: { type: 'string' } } };
    const same = typesOf(crd({ part, parts: { type: 'array', items: part } }), 'make types');
    await expect(same).rejects.toThrow(SchemaError);
    await expect(same).rejects.toThrow('two parts of the schema would be named ThingPart; rename one of the fields');
  });

  test('refuses a CRD without a storage version', async () => {
    const without = { spec: { ...crd({}).spec, versions: [] } };
    await expect(typesOf(without, 'make types')).rejects.toThrow(
      'things.example.test has no version with storage: true; set it on one',
    );
  });

  test('writes the plural as the kind is written', async () => {
    const { spec } = crd({});
    const recoveries = { ...spec, names: { kind: 'LongStory', plural: 'longstories' } };
    expect(await typesOf({ spec: recoveries }, 'make types')).toContain('export const longStories: ');
  });

  test('writes a module that says how it was made and where the API serves the kind', async () => {
    const text = await typesOf(crd({}), 'make types');
    expect(text).toMatch(/^\/\/ Generated by `make types` from the CustomResourceDefinition things\.example\.test\./);
    expect(text).toContain("export const things: ResourceType<Thing> = {\n  group: 'example.test',");
    expect(text).toContain('namespaced: false,');
  });
});
