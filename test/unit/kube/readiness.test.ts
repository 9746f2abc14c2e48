import { expect, test } from 'vitest';

import { apiErrorFrom, TransportError } from '../../../kube/errors.ts';
import { ServerReadiness } from '../../../kube/readiness.ts';

const body = '[+]ping ok\n[+]log ok\n[-]etcd failed: reason withheld\n[-]etcd-readiness failed: reason withheld\n';
const refused = (code: number, text: string): Error => apiErrorFrom(code, text, 'GET /readyz?verbose');

test.each<[what: string, answer: Error | string, trouble: string | undefined]>([
  ['ready', 'readyz check passed', undefined],
  ['a store that is ill', refused(500, body), '/readyz of the API server says that etcd, etcd-readiness fails'],
  ['no names', refused(503, 'overloaded'), '/readyz of the API server answers 503'],
  ['no right', refused(403, '{}'), 'the controllers may not ask for /readyz: give them that right'],
  ['silence', new TransportError('GET /readyz', new Error('reset')), 'the API server does not answer'],
])('the API server answers with %s', async (_, answer, trouble) => {
  const readiness = new ServerReadiness({
    call: async () => {
      if (typeof answer === 'string') return answer;
      throw answer;
    },
  });
  expect(await readiness.trouble(new Date(0))).toBe(trouble);
});

test('an answer counts for five seconds', async () => {
  let calls = 0;
  const readiness = new ServerReadiness({
    call: async () => {
      calls += 1;
      return '';
    },
  });
  for (const second of [0, 4, 5, 9]) await readiness.trouble(new Date(second * 1000));
  expect(calls).toBe(2);
});
