import { createConfig, lintFromString } from '@redocly/openapi-core';
import { describe, expect, test } from 'vitest';

import { describeApis, staleFiles } from '../../../../apiserver/openapi/files.ts';

/** The linter's own recommendation, warnings being errors, and what it leaves to choice. */
const rules = await createConfig({
  extends: ['recommended-strict'],
  rules: {
    'operation-description': 'error',
    'operation-operationId-unique': 'error',
    'operation-operationId-url-safe': 'error',
    'operation-singular-tag': 'error',
    'operation-tag-defined': 'error',
    'tag-description': 'error',
    'parameter-description': 'error',
    'no-unused-components': 'error',
    'no-required-schema-properties-undefined': 'error',
    'no-invalid-schema-examples': 'error',
    'no-invalid-parameter-examples': 'error',
    'no-http-verbs-in-paths': 'off',
  },
});

/** @returns what the linter has against a description */
async function problemsOf(source: string): Promise<readonly string[]> {
  const problems = await lintFromString({ source, absoluteRef: '/openapi.json', config: rules });
  return problems.map(({ ruleId, message, location }) => `${location[0]?.pointer ?? ''}: ${message} (${ruleId})`);
}

test('the files under docs/ say what the routes do; else run make openapi', async () => {
  expect(await staleFiles()).toEqual([]);
});

describe('the linter', () => {
  test('has nothing against them', async () => {
    const described = await describeApis();
    expect(described).toHaveLength(2);
    for (const { text } of described) expect(await problemsOf(text)).toEqual([]);
  });

  test.each([
    [
      'a word of OpenAPI 3.0 that 3.1 does not know',
      '"type": "integer"',
      '"nullable": true, "type": "integer"',
      'struct',
    ],
    ['a call without an answer for what goes wrong', '"4', '"x-4', 'operation-4xx-response'],
    ['a call without a name', '"operationId"', '"x-name"', 'operation-operationId'],
    ['an example that is not of its schema', '"code": -1', '"code": "-1"', 'no-invalid-media-type-examples'],
    ['a call that needs no token', '"security"', '"x-security"', 'security-defined'],
  ])('finds %s', async (_what, text, wrong, rule) => {
    const [described] = await describeApis();
    const spoilt = (described?.text ?? '').replaceAll(text, wrong);
    expect(await problemsOf(spoilt)).toContainEqual(expect.stringContaining(`(${rule})`));
  });
});
