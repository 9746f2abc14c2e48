import type { SchemaNode } from './schema.ts';

/** Says what a part of a CRD's schema lacks of what every part must have, in sentences that name the part. */
export function lacks({ path, schema }: SchemaNode): readonly string[] {
  const missing = [...missingLimits(path, schema)];
  if (typeof schema.description !== 'string' || schema.description === '') missing.push('a description');
  return missing.map((what) => `${path} lacks ${what}`);
}

function missingLimits(path: string, schema: SchemaNode['schema']): readonly string[] {
  if (schema.type === 'boolean') return [];
  if (schema.type === 'integer') return without(schema, ['format', 'minimum', 'maximum']);
  if (schema.type === 'array') return [...without(schema, ['maxItems', 'items']), ...listType(schema)];
  if (schema.type === 'string') {
    return schema.enum !== undefined || schema.format === 'date-time' ? [] : without(schema, ['maxLength']);
  }
  if (schema.type === 'object') {
    return path === 'metadata' || schema.properties !== undefined
      ? []
      : without(schema, ['maxProperties', 'additionalProperties']);
  }
  if (schema['x-kubernetes-int-or-string'] === true) {
    // A rule says which field is wrong and how to put it right, where a pattern only shows itself.
    const form = schema['x-kubernetes-validations'] === undefined ? ['pattern'] : [];
    return without(schema, ['maxLength', ...form]);
  }
  // Data that the schema does not know can only be limited by the map that holds it.
  const unknown = schema.type === undefined && schema['x-kubernetes-preserve-unknown-fields'] === true;
  return unknown && path.endsWith('{}') ? [] : ['a type among string, integer, boolean, array and object'];
}

function listType(schema: SchemaNode['schema']): readonly string[] {
  switch (schema['x-kubernetes-list-type']) {
    case 'atomic':
    case 'set':
      return [];
    case 'map':
      return without(schema, ['x-kubernetes-list-map-keys']);
    default:
      return ['x-kubernetes-list-type'];
  }
}

function without(schema: SchemaNode['schema'], keys: readonly string[]): readonly string[] {
  return keys.filter((key) => schema[key] === undefined);
}
