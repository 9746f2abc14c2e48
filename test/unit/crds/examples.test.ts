import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { nodes, readCrds, schemaOf } from './schema.ts';

const folder = new URL('../../../examples/', import.meta.url);
const names = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).toSorted();
const crds = await readCrds();

interface Example {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec: { readonly content?: string } & Readonly<Record<string, unknown>>;
}

test('there is an example for every kind', async () => {
  const examples = await Promise.all(names.map((name) => read(name)));
  expect(new Set(examples.map(({ kind }) => kind))).toEqual(new Set(crds.map((crd) => crd.spec.names.kind)));
});

describe.each(names)('examples/%s', (name) => {
  test('is a single object of a kind of ours, with fields that the kind has', async () => {
    const example = await read(name);
    expect(example.apiVersion).toBe('fleetwright.io/v1alpha1');
    const crd = crds.find((candidate) => candidate.spec.names.kind === example.kind);
    expect(crd).toBeDefined();
    const fields = crd === undefined ? [] : nodes(schemaOf(crd)).map(({ path }) => path);
    expect(Object.keys(example.spec).filter((field) => !fields.includes(`spec.${field}`))).toEqual([]);
  });

  test('has content that is a YAML list of named tasks or plays', async () => {
    const { content } = (await read(name)).spec;
    if (content === undefined) return;
    expect(parse(content)).toEqual(expect.arrayContaining([expect.objectContaining({ name: expect.any(String) })]));
  });
});

async function read(name: string): Promise<Example> {
  const documents = parseAllDocuments(await readFile(new URL(name, folder), 'utf8'));
  expect(documents.flatMap((document) => document.errors)).toEqual([]);
  expect(documents).toHaveLength(1);
  return parse(await readFile(new URL(name, folder), 'utf8'));
}
