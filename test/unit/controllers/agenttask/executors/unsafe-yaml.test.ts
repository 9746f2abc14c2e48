import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { ScalarTag } from 'yaml';
import { unsafeYaml } from '../../../../../controllers/agenttask/executors/unsafe-yaml.ts';

const unsafeTag: ScalarTag = { tag: '!unsafe', resolve: (text) => text };

function readBack(text: string): unknown {
  return parse(text, { version: '1.1', customTags: [unsafeTag] });
}

describe('unsafeYaml', () => {
  test('tags every string that could hold a template, however deep, and no key', () => {
    expect(unsafeYaml({ a: '{{ x }}', b: [1, '{% c %}', { d: '{# e #}' }], f: true, g: null })).toBe(
      '{"a": !unsafe "{{ x }}", "b": [1, !unsafe "{% c %}", {"d": !unsafe "{# e #}"}], "f": true, "g": null}',
    );
  });

  test('tags text with a header that changes how templates are written', () => {
    expect(unsafeYaml('#jinja2: variable_start_string: "[%"')).toMatch(/^!unsafe "/);
  });

  test('only quotes text that Ansible would take for another type under the tag', () => {
    expect(unsafeYaml(['1.10', 'yes', 'null', '', '=', '<<', '2026-01-01 10:00:00', '1_000', '1:30'])).toBe(
      '["1.10", "yes", "null", "", "=", "<<", "2026-01-01 10:00:00", "1_000", "1:30"]',
    );
  });

  test('writes only ASCII, astral characters as one escape', () => {
    expect(unsafeYaml('"\\\n\u007F☃😀\uD800')).toBe(
      '!unsafe "\\"\\\\\\U0000000a\\U0000007f\\U00002603\\U0001f600\\U0000fffd"',
    );
  });

  test('keeps any JSON value as it is', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ noUnicodeString: false })), (value) => {
        const plain: unknown = JSON.parse(JSON.stringify(value));
        fc.pre(!JSON.stringify(plain).includes('"__proto__"') && !JSON.stringify(plain).includes('"<<"'));
        expect(readBack(unsafeYaml(plain))).toEqual(plain);
      }),
    );
  });
});
