import { expect, test } from 'vitest';

import { listedOperations, mostOperations, operationsAnnotation, withOperation } from '../../../crds/operations.ts';

const edit = { operation: 'edit', user: 'ann', requestId: 'r', time: '2026-11-21T12:00:00Z' };

function edited(times: number, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  let annotations = before;
  for (let count = 0; count < times; count += 1)
    annotations = withOperation(annotations, { ...edit, requestId: `r-${count + 1}` });
  return annotations;
}

test('operations are listed in their order, numbered from 1 on, as JSON with a line for each', () => {
  const annotations = edited(2);
  expect(listedOperations(annotations)).toEqual([
    { ...edit, number: 1, requestId: 'r-1' },
    { ...edit, number: 2, requestId: 'r-2' },
  ]);
  const text = annotations[operationsAnnotation] ?? '';
  expect(JSON.parse(text)).toHaveLength(2);
  expect(text.split('\n')).toHaveLength(2);
});

test('of more than fit the eldest go, and the numbers tell how many', () => {
  const numbers = listedOperations(edited(mostOperations + 3)).map(({ number }) => number);
  expect(numbers).toHaveLength(mostOperations);
  expect([numbers[0], numbers.at(-1)]).toEqual([4, mostOperations + 3]);
});

test('what is there stays as it is, to the letter, also what cannot be read', () => {
  const odd = { [operationsAnnotation]: '[{"number": 1,  "operation":"dance"},\n{"half":}]' };
  const after = edited(1, odd)[operationsAnnotation] ?? '';
  expect(after.startsWith(`${(odd[operationsAnnotation] ?? '').slice(0, -1)},\n`)).toBe(true);
  expect(listedOperations(edited(1, odd))).toEqual([{ ...edit, number: 1, requestId: 'r-1' }]);
});

test('the list stays small, whatever users and requests are called', () => {
  let annotations: Readonly<Record<string, string>> = {};
  for (let count = 0; count < 2 * mostOperations; count += 1)
    annotations = withOperation(annotations, { ...edit, user: '\u0001'.repeat(9999), requestId: '\n'.repeat(9999) });
  expect((annotations[operationsAnnotation] ?? '').length).toBeLessThan(65_536);
});

test.each([
  ['no list', 'everything'],
  ['an empty list', '[]'],
  ['a list of others', '["a","b"]'],
  ['a line that is no object', '[{"number":1}, 7, {}]'],
  ['a number that is none', `[${JSON.stringify({ ...edit, number: -1 })}]`],
  ['a time that is none', `[${JSON.stringify({ ...edit, number: 1, time: 'yesterday' })}]`],
  ['an operation of many words', `[${JSON.stringify({ ...edit, number: 1, operation: 'drop all tables' })}]`],
])('%s is read as no operation', (_, text) => {
  expect(listedOperations({ [operationsAnnotation]: text })).toEqual([]);
});
