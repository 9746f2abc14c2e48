import { describe, expect, test } from 'vitest';

import { completeDocument, type OpenApiDocument } from '../../../../apiserver/openapi/complete.ts';

const form = { type: 'object', properties: { message: { type: 'string' } } };
const requestId = { 'X-Request-ID': { $ref: '#/components/headers/X-Request-ID' } };

/** As the routes are described before. */
function answer(description: string, example?: string): object {
  return {
    description,
    content: {
      'application/json': { schema: { description, ...form }, ...(example === undefined ? {} : { example }) },
    },
  };
}

const apis = [
  { tag: { name: 'red', description: '' }, security: { bearer: {}, key: {} } },
  { tag: { name: 'blue', description: '' }, security: { bearer: {} } },
];

/** The description of calls of two APIs with these answers, and with what else is said of each of them. */
function described(
  paths: Readonly<Record<string, Readonly<Record<string, object>>>>,
  more: object = {},
): OpenApiDocument {
  const items = Object.entries(paths).map(([path, answers]) => [
    path,
    { post: { tags: [path.split('/')[1]], responses: answers, ...more } },
  ]);
  const document = { openapi: '3.1.0', info: { title: 'a', version: '1' }, paths: Object.fromEntries(items) };
  return completeDocument(document, apis);
}

/** What is said of an answer once it is complete. */
function responses(document: OpenApiDocument, path: string): unknown {
  return document.paths?.[path]?.post?.responses;
}

/** How callers of a call say who they are. */
function security(document: OpenApiDocument, path: string): unknown {
  return document.paths?.[path]?.post?.security;
}

describe('a complete description', () => {
  test('tells a failure that all calls of an API have in the same words once, with the headers of its status', () => {
    const document = described({
      '/red/a': { 401: answer('who?'), 503: answer('later') },
      '/red/b': { 401: answer('who?') },
    });
    expect(responses(document, '/red/a')).toEqual({
      401: { $ref: '#/components/responses/RedUnauthorized' },
      503: { $ref: '#/components/responses/RedServiceUnavailable' },
    });
    expect(responses(document, '/red/b')).toEqual({ 401: { $ref: '#/components/responses/RedUnauthorized' } });
    expect(document.components?.responses).toEqual({
      RedUnauthorized: {
        description: 'who?',
        headers: { ...requestId, 'WWW-Authenticate': { $ref: '#/components/headers/WWW-Authenticate' } },
        content: { 'application/json': { schema: { $ref: '#/components/schemas/RedFailure' } } },
      },
      RedServiceUnavailable: {
        description: 'later',
        headers: { ...requestId, 'Retry-After': { $ref: '#/components/headers/Retry-After' } },
        content: { 'application/json': { schema: { $ref: '#/components/schemas/RedFailure' } } },
      },
    });
    expect(document.components?.schemas).toEqual({ RedFailure: form });
  });

  test('says of each call how its own API is told who calls, unless the call says so itself', () => {
    const paths = { '/red/a': { 200: answer('done') }, '/blue/a': { 200: answer('done') } };
    const told = described(paths);
    expect(security(told, '/red/a')).toEqual([{ bearer: [] }, { key: [] }]);
    expect(security(told, '/blue/a')).toEqual([{ bearer: [] }]);
    expect(security(described(paths, { security: [{}] }), '/red/a')).toEqual([{}]);
  });

  test('tells failures at their place that differ from call to call', () => {
    const document = described({ '/red/a': { 400: answer('bad', 'one') }, '/red/b': { 400: answer('bad', 'two') } });
    expect(responses(document, '/red/b')).toEqual({
      400: {
        description: 'bad',
        headers: requestId,
        content: { 'application/json': { schema: { $ref: '#/components/schemas/RedFailure' }, example: 'two' } },
      },
    });
    expect(document.components?.responses).toEqual({});
  });

  test('keeps the failures of two APIs apart, whose forms are their own', () => {
    const document = described({ '/red/a': { 401: answer('who?') }, '/blue/a': { 401: answer('who are you?') } });
    expect(Object.keys(document.components?.responses ?? {})).toEqual(['RedUnauthorized', 'BlueUnauthorized']);
    expect(Object.keys(document.components?.schemas ?? {})).toEqual(['RedFailure', 'BlueFailure']);
  });

  test('tells what a call answers when all is well at its place, also if others answer the same', () => {
    const document = described({ '/red/a': { 200: answer('done') }, '/red/b': { 200: answer('done') } });
    expect(responses(document, '/red/a')).toEqual({
      200: { description: 'done', headers: requestId, content: { 'application/json': { schema: form } } },
    });
  });
});
