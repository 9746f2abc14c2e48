import type { JSONSchema4 } from 'json-schema';

/**
 * What in a value an API server would refuse for the limits of a CRD's schema: each as a sentence that names the place.
 */
export function breaches(schema: JSONSchema4, value: unknown, path = ''): readonly string[] {
  if (value === undefined) return [];
  if (typeof value === 'string') return breachesOfText(schema, value, path);
  if (typeof value === 'number') return breachesOfNumber(schema, value, path);
  if (Array.isArray(value)) {
    const items = schema.items === undefined || Array.isArray(schema.items) ? {} : schema.items;
    const many =
      value.length > (schema.maxItems ?? Infinity)
        ? [`${path} has ${value.length} items, more than ${schema.maxItems}`]
        : [];
    return [...many, ...value.flatMap((item: unknown, index) => breaches(items, item, `${path}[${index}]`))];
  }
  if (typeof value === 'object' && value !== null) return breachesOfObject(schema, value, path);
  return typeof value === schema.type ? [] : [`${path} is ${typeof value}, not ${String(schema.type)}`];
}

function breachesOfText(schema: JSONSchema4, value: string, path: string): readonly string[] {
  if (schema.type !== 'string') return [`${path} is text, not ${String(schema.type)}`];
  const found: string[] = [];
  // The API server counts characters, not UTF-16 units.
  const length = Array.from(value).length;
  if (length > (schema.maxLength ?? Infinity))
    found.push(`${path} has ${length} characters, more than ${schema.maxLength}`);
  if (length < (schema.minLength ?? 0)) found.push(`${path} has ${length} characters, fewer than ${schema.minLength}`);
  if (schema.enum !== undefined && !schema.enum.includes(value))
    found.push(`${path} is ${value}, none of ${schema.enum.map(String).join(', ')}`);
  if (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(value))
    found.push(`${path} is ${value}, which does not match ${schema.pattern}`);
  if (schema.format === 'date-time' && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/.test(value))
    found.push(`${path} is ${value}, no time in UTC`);
  return found;
}

function breachesOfNumber(schema: JSONSchema4, value: number, path: string): readonly string[] {
  const fits =
    schema.type === 'integer' &&
    Number.isInteger(value) &&
    value >= (schema.minimum ?? -Infinity) &&
    value <= (schema.maximum ?? Infinity);
  return fits ? [] : [`${path} is ${value}, not a whole number from ${schema.minimum} to ${schema.maximum}`];
}

function breachesOfObject(schema: JSONSchema4, value: object, path: string): readonly string[] {
  const required = Array.isArray(schema.required) ? schema.required : [];
  const missing = required.filter((name) => !(name in value)).map((name) => `${path} lacks ${name}`);
  const parts = Object.entries(value).flatMap(([name, part]: [string, unknown]) => {
    const known = schema.properties?.[name];
    return known === undefined ? [`${path}.${name} is not in the schema`] : breaches(known, part, `${path}.${name}`);
  });
  return [...missing, ...parts];
}
