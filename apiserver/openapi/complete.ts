import { STATUS_CODES } from 'node:http';

import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';

import type { ApiDescription } from '../api.ts';
import { failureHeaders, headers } from './headers.ts';

/** A whole description, as @fastify/swagger makes it. */
export type OpenApiDocument = NonNullable<FastifyDynamicSwaggerOptions['openapi']>;

interface Reference {
  readonly $ref: string;
}

/** The parts of a description that are changed here. */
interface Media {
  readonly schema: object;
}

interface Answer {
  readonly description: string;
  readonly headers?: Readonly<Record<string, object>>;
  readonly content?: Readonly<Record<string, Media>>;
}

interface Operation {
  readonly tags?: readonly string[];
  readonly security?: Security;
  readonly responses: Readonly<Record<string, Answer | Reference>>;
}

/** Ways to say who calls, one of which is enough, as an operation of a description has them. */
type Security = readonly Readonly<Record<string, readonly string[]>>[];

type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

/** What is told once for all operations, by its name. */
interface Shared {
  readonly responses: Record<string, Answer>;
  readonly schemas: Record<string, object>;
}

/**
 * Says of each operation by which schemes of its API callers say who they are, unless it does so itself. Adds to each
 * answer the headers that every API has, and tells what is the same in many operations only once: the form of an API's
 * failures, and those of them that have the same text everywhere. Parts are named by the tag of their API, since each
 * API has a form of its own.
 */
export function completeDocument(
  { paths: made = {}, components, ...rest }: OpenApiDocument,
  apis: readonly Pick<ApiDescription, 'tag' | 'security'>[],
): OpenApiDocument {
  const paths = made as unknown as Paths;
  const shared: Shared = { responses: {}, schemas: {} };
  const everywhere = sameEverywhere(paths);
  const security = new Map(apis.map((api) => [api.tag.name, securityOf(api)]));
  const complete = mapValues(paths, (item) =>
    mapValues(item, (operation) => ({
      security: security.get(operation.tags?.[0] ?? '') ?? [],
      ...completeOperation(operation, everywhere, shared),
    })),
  );
  return { ...rest, paths: complete, components: { ...components, ...shared, headers } } as unknown as OpenApiDocument;
}

function securityOf({ security }: Pick<ApiDescription, 'security'>): Security {
  return Object.keys(security).map((scheme) => ({ [scheme]: [] }));
}

/** @returns the statuses, by tag, whose answer is the same in all operations of an API */
function sameEverywhere(paths: Paths): ReadonlySet<string> {
  const texts = new Map<string, Set<string>>();
  for (const operation of Object.values(paths).flatMap((item) => Object.values(item))) {
    for (const [status, answer] of Object.entries(operation.responses)) {
      const name = nameOf(operation, status);
      texts.set(name, (texts.get(name) ?? new Set()).add(JSON.stringify(answer)));
    }
  }
  return new Set([...texts].flatMap(([name, variants]) => (variants.size === 1 ? [name] : [])));
}

function completeOperation(operation: Operation, everywhere: ReadonlySet<string>, shared: Shared): Operation {
  const complete = (given: Answer | Reference, status: string): Answer | Reference => {
    if ('$ref' in given) return given;
    const answer = {
      ...given,
      headers: { ...given.headers, ...referTo('headers', ['X-Request-ID', ...(failureHeaders[status] ?? [])]) },
    };
    if (!isFailure(status)) return withSchemas(answer, (schema) => withoutDescription(schema));
    const form = `${tagOf(operation)}Failure`;
    const failure = withSchemas(answer, (schema) => {
      shared.schemas[form] ??= withoutDescription(schema);
      return { $ref: `#/components/schemas/${form}` };
    });
    const name = nameOf(operation, status);
    if (!everywhere.has(name)) return failure;
    shared.responses[name] = failure;
    return { $ref: `#/components/responses/${name}` };
  };
  return { ...operation, responses: mapValues(operation.responses, complete) };
}

/** Of a schema for an answer: it is that of the answer, which has it anyway. */
function withoutDescription(schema: object): object {
  const { description: _description, ...rest } = schema as { readonly description?: string };
  return rest;
}

function withSchemas(answer: Answer, change: (schema: object) => object): Answer {
  if (answer.content === undefined) return answer;
  return { ...answer, content: mapValues(answer.content, (media) => ({ ...media, schema: change(media.schema) })) };
}

function referTo(kind: 'headers', names: readonly string[]): Readonly<Record<string, Reference>> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/${kind}/${name}` }]));
}

function isFailure(status: string): boolean {
  return status.startsWith('4') || status.startsWith('5');
}

/** For example `DispatchForbidden`. */
function nameOf(operation: Operation, status: string): string {
  return `${tagOf(operation)}${(STATUS_CODES[status] ?? status).replaceAll(/\W/g, '')}`;
}

function tagOf({ tags = [] }: Operation): string {
  const [tag = ''] = tags;
  return tag.slice(0, 1).toUpperCase() + tag.slice(1);
}

function mapValues<V, W>(
  record: Readonly<Record<string, V>>,
  change: (value: V, key: string) => W,
): Readonly<Record<string, W>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));
}
