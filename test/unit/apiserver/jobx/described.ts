import { answerFields } from '../../../../apiserver/jobx/answers.ts';

/** As far as the descriptions of answers go. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
}

type Paths = Readonly<Record<string, Readonly<Record<string, { readonly operationId?: string }>>>>;

/**
 * @param paths of the description
 * @returns what is wrong with an answer that says that something was done, by the description of its call
 */
export function undescribed(paths: Paths, method: string, url: string, answer: object): readonly string[] {
  const path = url.split('?')[0] ?? '';
  const templates = Object.keys(paths).filter((template) =>
    new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path),
  );
  // The most literal one is meant.
  const [template = ''] = templates.toSorted((one, other) => one.split('{').length - other.split('{').length);
  const fields = answerFields[paths[template]?.[method.toLowerCase()]?.operationId ?? ''];
  if (fields === undefined) return [];
  return Object.entries(answer).flatMap(([name, value]) =>
    ['stat', 'info'].includes(name) ? [] : problems(fields[name], value, name),
  );
}

function problems(schema: Schema | undefined, value: unknown, place: string): readonly string[] {
  if (schema === undefined) return [`${place} is not described`];
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  if (!types.some((type) => isOf(type, value))) return [`${place} is ${JSON.stringify(value)}`];
  if (schema.enum !== undefined && !schema.enum.includes(value)) return [`${place} is ${JSON.stringify(value)}`];
  if (Array.isArray(value)) {
    const { minItems = 0, maxItems = Infinity } = schema;
    const length = value.length < minItems || value.length > maxItems ? [`${place} has ${value.length} items`] : [];
    return [...length, ...value.flatMap((item, index) => problems(schema.items, item, `${place}[${index}]`))];
  }
  if (typeof value !== 'object' || value === null) return [];
  const missing = (schema.required ?? [])
    .filter((name) => !(name in value))
    .map((name) => `${place}.${name} is missing`);
  return [
    ...missing,
    ...Object.entries(value).flatMap(([name, each]) =>
      problems(schema.properties?.[name] ?? schema.additionalProperties, each, `${place}.${name}`),
    ),
  ];
}

function isOf(type: string, value: unknown): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === type;
}
