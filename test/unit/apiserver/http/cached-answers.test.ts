import { expect, test } from 'vitest';

import { CachedAnswers } from '../../../../apiserver/http/cached-answers.ts';

interface Named {
  readonly name: string;
}

test('an answer is written once for an object, and anew when a later one takes its place', () => {
  const written: string[] = [];
  const answers = new CachedAnswers<Named>(({ name }) => {
    written.push(name);
    return { about: name };
  });
  const first = { name: 'a' };
  for (let time = 0; time < 3; time += 1) expect(answers.textOf(first)).toBe('{"about":"a"}');
  answers.textOf({ name: 'a' });
  expect(written).toEqual(['a', 'a']);
});

test('an answer that is large is not kept', () => {
  let written = 0;
  const answers = new CachedAnswers<Named>(() => ({ written: (written += 1), log: 'x'.repeat(10_000) }));
  const large = { name: 'a' };
  answers.textOf(large);
  answers.textOf(large);
  expect(written).toBe(2);
});
