import { readdir, readFile } from 'node:fs/promises';
import type { JSONSchema4 } from 'json-schema';
import { parse } from 'yaml';

export const crdFolder = new URL('../../../crds/', import.meta.url);

export interface Crd {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly scope: 'Namespaced' | 'Cluster';
    readonly names: {
      readonly kind: string;
      readonly plural: string;
      readonly shortNames: readonly string[];
      readonly categories: readonly string[];
    };
    readonly versions: readonly {
      readonly name: string;
      readonly storage: boolean;
      readonly subresources?: { readonly status?: object };
      readonly schema: { readonly openAPIV3Schema: JSONSchema4 };
    }[];
  };
}

export async function readCrds(): Promise<readonly Crd[]> {
  const names = (await readdir(crdFolder)).filter((name) => name.endsWith('.yaml')).toSorted();
  return Promise.all(names.map(async (name): Promise<Crd> => parse(await readFile(new URL(name, crdFolder), 'utf8'))));
}

export function schemaOf(crd: Crd): JSONSchema4 {
  const [version] = crd.spec.versions;
  if (version === undefined) throw new Error(`${crd.metadata.name} has no version`);
  return version.schema.openAPIV3Schema;
}

/** The schema at a path such as `spec.hosts[]`. */
export function at(schema: JSONSchema4, path: string): JSONSchema4 {
  const found = nodes(schema).find((node) => node.path === path);
  if (found === undefined) throw new Error(`the schema has no ${path}`);
  return found.schema;
}

export interface SchemaNode {
  /** Such as `status.hosts[].name`. */
  readonly path: string;
  readonly schema: JSONSchema4;
}

/** Every part of a schema below its root. */
export function nodes(schema: JSONSchema4, path = ''): readonly SchemaNode[] {
  const children = Object.entries(schema.properties ?? {}).map(([key, child]) => ({
    path: path === '' ? key : `${path}.${key}`,
    schema: child,
  }));
  if (schema.items !== undefined && !Array.isArray(schema.items))
    children.push({ path: `${path}[]`, schema: schema.items });
  if (typeof schema.additionalProperties === 'object') {
    children.push({ path: `${path}{}`, schema: schema.additionalProperties });
  }
  return children.flatMap((child) => [child, ...nodes(child.schema, child.path)]);
}
