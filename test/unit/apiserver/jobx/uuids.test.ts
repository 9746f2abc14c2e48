import fc from 'fast-check';
import { expect, test } from 'vitest';

import { batchOf, batchUuid, idInUuid, uuidOf } from '../../../../apiserver/jobx/uuids.ts';
import { idLabel } from '../../../../crds/labels.ts';
import { agentTask } from '../../../harness/agenttask/objects.ts';

const ids = fc.integer({ min: 1, max: 999_999_999_999_999 });

test('the uuid of a batch looks as all do, and tells of which task it is', () => {
  fc.assert(
    fc.property(ids, fc.integer({ min: 1, max: 1000 }), (id, number) => {
      const uuid = batchUuid(id, number);
      expect(uuid).toMatch(/^[a-zA-Z0-9]{11}[a-z]$/);
      expect(batchOf(uuid)).toEqual({ id, number });
      expect(idInUuid(uuid)).toBeUndefined();
    }),
  );
});

test('the uuids of neighbours look unlike', () => {
  const [one, next] = [Array.from(batchUuid(1, 1)), Array.from(batchUuid(1, 2))];
  expect(one.filter((letter, place) => letter === next[place]).length).toBeLessThan(6);
});

test('a text that is no uuid of a batch is none', () => {
  const uuid = batchUuid(7, 2);
  const other = uuid.endsWith('a') ? 'b' : 'a';
  for (const text of ['', 'x', `${uuid}a`, uuid.toUpperCase(), `${uuid.slice(0, 11)}${other}`])
    expect(batchOf(text)).toBeUndefined();
});

test('the uuid of a task that kubectl made tells its id, whether it takes another one back or not', () => {
  fc.assert(
    fc.property(ids, fc.boolean(), (id, takesBack) => {
      const spec = { groupRef: { name: 'web' }, ...(takesBack ? { rollbackOf: { name: 'other' } } : {}) };
      const task = agentTask('by-hand', spec);
      const labels = { [idLabel]: String(id) };
      const uuid = uuidOf({ ...task, kind: 'AgentTask', metadata: { ...task.metadata, labels } });
      expect(uuid).toMatch(takesBack ? /^[a-zA-Z0-9]{11}[A-Z]$/ : /^[a-zA-Z0-9]{11}[a-z]$/);
      expect(idInUuid(uuid)).toBe(id);
      expect(batchOf(uuid)).toBeUndefined();
    }),
  );
});
