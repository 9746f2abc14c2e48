import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { readInventory } from '../../../../controllers/deploygroup/inventory.ts';

const hosts = (text: string, section?: string): unknown => readInventory(text, section).hosts?.map(({ host }) => host);

describe('an inventory', () => {
  test.each<[string, string, string | undefined, readonly string[]]>([
    ['a host on each line', 'a\nb\n', undefined, ['a', 'b']],
    ['several on a line', 'a, b;c\td', undefined, ['a', 'b', 'c', 'd']],
    [
      'comments, empty lines and the ends of lines of another system',
      '# all\r\na # one\r\n\r\n; none\r\nb',
      undefined,
      ['a', 'b'],
    ],
    ['a range', 'web[1:3].example.com', undefined, ['web1.example.com', 'web2.example.com', 'web3.example.com']],
    ['a range with zeros in front', 'web[08:10]', undefined, ['web08', 'web09', 'web10']],
    ['a range of letters, and one within it', 'db-[a:b][1:2]', undefined, ['db-a1', 'db-a2', 'db-b1', 'db-b2']],
    ['one section of it', 'x\n[web]\na\nb\n[db]\nc', 'web', ['a', 'b']],
    ['all of it, with a host in two sections', '[web]\na\nb\n[europe]\nb\nc', undefined, ['a', 'b', 'c']],
    ['a host twice in one section, which is for the group to refuse', 'a\na', undefined, ['a', 'a']],
  ])('names %s', (_what, text, section, expected) => {
    expect(hosts(text, section)).toEqual(expected);
  });

  test('tells the line of each host', () => {
    expect(readInventory('# hosts\na\nb c').hosts).toEqual([
      { host: 'a', place: 'line 2' },
      { host: 'b', place: 'line 3' },
      { host: 'c', place: 'line 3' },
    ]);
  });

  test.each<[string, string, string | undefined, string]>([
    [
      'variables of a host',
      'a\nb ansible_port=2222',
      undefined,
      'line 2: "ansible_port=2222" is a variable: name hosts only',
    ],
    [
      'variables of a section',
      'a\n[web:vars]\nx=1',
      undefined,
      'line 2: [web:vars] is not taken: a section names hosts, and nothing else',
    ],
    [
      'sections of sections',
      '[all:children]\nweb',
      undefined,
      'line 1: [all:children] is not taken: a section names hosts, and nothing else',
    ],
    ['a section that is not there', '[web]\na', 'db', 'there is no section [db] with a host in it'],
  ])('with %s is refused, with the line', (_what, text, section, problem) => {
    expect(readInventory(text, section)).toEqual({ problem });
  });

  test('has no range that grows without end, or runs backwards', () => {
    expect(hosts('web[3:1] web[a:3]')).toEqual(['web[3:1]', 'web[a:3]']);
    expect((hosts('web[1:999999999]') as readonly string[]).length).toBe(1001);
  });

  test('of whatever text comes to an end, with each host in a line that is there', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '1', '[', ']', ':', '\n', ' ', '#', ';', '=', '9'), maxLength: 60 }),
        (text) => {
          const lines = text.split('\n').length;
          for (const { place } of readInventory(text).hosts ?? [])
            expect(Number(place.replace('line ', ''))).toBeLessThanOrEqual(lines);
        },
      ),
    );
  });
});
