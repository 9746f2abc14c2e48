import { describe, expect, test } from 'vitest';

import { paramErrorOf } from '../../../../apiserver/dispatch/invalid-fields.ts';
import { apiErrorFrom } from '../../../../kube/errors.ts';

interface Cause {
  readonly field: string;
  readonly message: string;
}

function told(
  causes: readonly Cause[],
  body: { readonly tasks?: string; readonly content?: string } = { tasks: '- ping:' },
): string | undefined {
  const status = { kind: 'Status', code: 422, reason: 'Invalid', message: 'invalid', details: { causes } };
  return paramErrorOf(apiErrorFrom(422, JSON.stringify(status), 'POST'), body)?.message;
}

describe('what the API server has against a task', () => {
  // The messages are those of a real API server; the integration tests compare with it.
  test.each<[Cause, string]>([
    [
      { field: 'spec.hosts[3]', message: 'Invalid value: "a;b": not a host: use a name' },
      'nodes[3]: "a;b" is not valid: not a host: use a name',
    ],
    [
      {
        field: 'spec.timeoutSeconds',
        message: 'Invalid value: 700000: spec.timeoutSeconds in body should be less than or equal to 604800',
      },
      'timeoutSeconds: 700000 is not valid: should be less than or equal to 604800',
    ],
    [
      { field: 'spec.hosts[1]', message: 'Duplicate value: "web-1"' },
      'nodes[1]: "web-1" is listed before: list each once',
    ],
    [
      { field: 'spec.hosts', message: 'Too many: 1200: must have at most 1000 items' },
      'nodes: Too many: 1200: must have at most 1000 items',
    ],
    [
      { field: 'spec.hosts', message: 'Invalid value: 0: spec.hosts in body should have at least 1 items' },
      'nodes: 0 is not valid: should have at least 1 items',
    ],
    [
      { field: 'spec.forks', message: 'Invalid value: 900: spec.forks in body should be less than or equal to 500' },
      'fork_num: 900 is not valid: should be less than or equal to 500',
    ],
    [
      { field: 'spec.user', message: String.raw`Invalid value: "a \"b": not a user name` },
      String.raw`user: "a \"b" is not valid: not a user name`,
    ],
    [
      { field: 'spec.variables', message: 'Too many: 300: must have at most 256 items' },
      'params: Too many: 300: must have at most 256 items',
    ],
    [
      { field: 'spec.correlationID', message: 'Too long: may not be more than 256 bytes' },
      'X-CORRELATION-ID: Too long: may not be more than 256 bytes',
    ],
    [
      { field: 'spec.source', message: 'Too long: may not be more than 256 bytes' },
      'X-RESOURCE: Too long: may not be more than 256 bytes',
    ],
    [
      { field: 'spec.content', message: 'Forbidden: content is larger than 512 KiB' },
      'tasks: content is larger than 512 KiB',
    ],
  ])('is told with the field as the caller knows it: %j', (cause, expected) => {
    expect(told([cause])).toBe(expected);
  });

  test('is told of content when the caller sent content', () => {
    expect(told([{ field: 'spec.content', message: 'Forbidden: too large' }], { content: '- ping:' })).toBe(
      'content: too large',
    );
  });

  test('is told for five fields at most, each once', () => {
    const causes = [0, 1, 1, 2, 3, 4, 5, 6].map((index) => ({
      field: `spec.hosts[${index}]`,
      message: 'Invalid value: "-": no',
    }));
    const message = told(causes) ?? '';
    expect(message).toContain('nodes[4]: "-" is not valid: no; and 2 more');
    expect(message).not.toContain('nodes[5]');
  });

  test('is told without repeating long values', () => {
    expect(
      (told([{ field: 'spec.user', message: `Invalid value: "${'x'.repeat(10_000)}": no` }]) ?? '').length,
    ).toBeLessThan(200);
  });

  test('is told by its beginning when the answer was cut', () => {
    const status = {
      kind: 'Status',
      message: 'AgentTask "run-1" is invalid: [spec.hosts[0]: Invalid value: "a;b": not a host',
      details: { causes: [{ field: 'x' }] },
    };
    const cut = JSON.stringify(status).slice(0, -5);
    expect(paramErrorOf(apiErrorFrom(422, cut, 'POST'), {})?.message).toMatch(
      /^nodes\[0\]: is not valid, and much else/,
    );
  });

  test('is not told when the caller cannot mend it', () => {
    expect(
      told([
        { field: 'spec.credentialsSecretRef.name', message: 'Invalid value: "A": no' },
        { field: '<nil>', message: 'Invalid value: null: some rules were not checked' },
      ]),
    ).toBeUndefined();
  });
});
