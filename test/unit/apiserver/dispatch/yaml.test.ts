import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

import { taskListYaml } from '../../../../apiserver/dispatch/yaml.ts';

const json = fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' });
const task = fc.dictionary(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).filter((key) => key !== '__proto__'),
  json,
  { noNullPrototype: true, maxKeys: 4 },
);

describe('task objects as YAML', () => {
  test('are written as a person would write them', () => {
    expect(
      taskListYaml([
        { name: 'Say hello', debug: { msg: 'yes', when: [] } },
        { 'ansible.builtin.command': { argv: ['ls', '-l'] }, retries: 3, become: true, args: {}, x: null },
      ]),
    ).toBe(
      [
        '- name: "Say hello"',
        '  debug:',
        '    msg: "yes"',
        '    when: []',
        '- ansible.builtin.command:',
        '    argv:',
        '      - "ls"',
        '      - "-l"',
        '  retries: 3',
        '  become: true',
        '  args: {}',
        '  x: null',
        '',
      ].join('\n'),
    );
  });

  test.each(['1.1', '1.2'] as const)(
    'mean the same to a reader of YAML %s',
    (version) => {
      fc.assert(
        fc.property(fc.array(task, { minLength: 1, maxLength: 3 }), (tasks) => {
          const sent: unknown = JSON.parse(JSON.stringify(tasks));
          expect(parse(taskListYaml(tasks), { version, maxAliasCount: 0 })).toEqual(sent);
        }),
      );
    },
    60_000,
  );

  test.each([
    [{ y: 1 }, '"y": 1'],
    [{ '=': 1 }, '"=": 1'],
    [{ '<<': 1 }, '"<<": 1'],
    [{ a: 1e-7 }, 'a: 1.0e-7'],
    [{ a: 1.5e-9 }, 'a: 1.5e-9'],
    [{ a: '\u2028\u0085\uFEFF' }, String.raw`a: "\u2028\u0085\ufeff"`],
    [{ a: 'two\nlines' }, String.raw`a: "two\nlines"`],
  ])('keep %j from being read as something else', (given, expected) => {
    expect(taskListYaml([given])).toBe(`- ${expected}\n`);
  });
});
