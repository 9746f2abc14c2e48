import { expect, test } from 'vitest';

import { childName, childOf, isComposite } from '../../../../../controllers/agenttask/composite/children.ts';
import { isChildOf, leavesOrphans } from '../../../../../controllers/shared/children/naming.ts';
import { parentOf } from '../../../../../controllers/shared/parents.ts';
import { historyFinalizer, idOf, parentLabel } from '../../../../../crds/labels.ts';
import { splitTask } from '../../../../harness/agenttask/family.ts';
import { shown } from '../../../../harness/agenttask/observed.ts';

const child = { name: 'web-01234567-1', hosts: ['a'], id: 12 };

test('a child is named by its parent, the parent’s UID and the place of its host', () => {
  expect([childName(splitTask(), 0), childName(splitTask(), 999)]).toEqual(['web-01234567-1', 'web-01234567-1000']);
});

test('the longest name gives children whose names the API server takes, and that differ by the parent’s UID', () => {
  // Cut within a chain of points and dashes, where no name may end.
  const parent = splitTask({}, {}, { name: `${'a'.repeat(198)}.-.b${'c'.repeat(50)}` });
  const name = childName(parent, 999);
  expect(name).toBe(`${'a'.repeat(198)}-01234567-1000`);
  expect(name).toMatch(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?([.][a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/);
  expect(childName({ ...parent, metadata: { ...parent.metadata, uid: 'fedcba9876' } }, 999)).not.toBe(name);
});

test('a child inherits what to run and for whom, and none of what the parent decides for all', () => {
  const work = {
    content: '- ping:',
    user: 'deploy',
    become: {},
    variables: { a: 1 },
    forks: 3,
    timeoutSeconds: 60,
    executor: 'local',
    credentialsSecretRef: { name: 'key' },
    hostKeyChecking: 'Disabled',
    correlationID: 'c1',
    source: 'portal',
    shared: true,
  } as const;
  const parent = splitTask({ ...work, stop: false, paused: true, dryRun: false, ttlSecondsAfterFinished: 60 });
  expect(childOf(parent, child).spec).toEqual({ ...work, hosts: ['a'] });
});

test('a child bears its own id, its parent and who asked for it, and none of the parent’s other metadata', () => {
  const annotations = {
    'fleetwright.io/requested-by': 'ann',
    'fleetwright.io/request-id': 'r1',
    'fleetwright.io/stopped-by': 'bob',
    'fleetwright.io/dispatch-name': 'x',
  };
  const made = childOf(splitTask({}, {}, { annotations, labels: { team: 'web', 'fleetwright.io/id': '7' } }), child);
  expect(idOf(made)).toBe(12);
  expect(made.metadata).toEqual({
    namespace: 'default',
    name: 'web-01234567-1',
    labels: { [parentLabel]: '0123456789', 'fleetwright.io/id': '12' },
    annotations: { 'fleetwright.io/requested-by': 'ann', 'fleetwright.io/request-id': 'r1' },
    finalizers: ['fleetwright.io/composite'],
    ownerReferences: [
      {
        apiVersion: 'fleetwright.io/v1alpha1',
        kind: 'AgentTask',
        name: 'web',
        uid: '0123456789',
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
  });
});

test('children of a task that a history holds are held by it from the beginning', () => {
  const parent = splitTask({}, {}, { finalizers: ['fleetwright.io/agenttask', historyFinalizer] });
  expect(childOf(parent, child).metadata.finalizers).toEqual(['fleetwright.io/composite', historyFinalizer]);
});

test('a child is known by label and owner together', () => {
  const parent = splitTask();
  const made = childOf(parent, child);
  expect(parentOf(made)).toEqual({
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'AgentTask',
    uid: '0123456789',
    name: 'web',
  });
  expect(isChildOf(made, parent)).toBe(true);
  expect(isChildOf(made, splitTask({}, {}, { uid: 'another' }))).toBe(false);
  const { ownerReferences: _, ...unowned } = made.metadata;
  expect(parentOf({ ...made, metadata: unowned })).toBeUndefined();
  expect(parentOf({ ...made, metadata: { ...made.metadata, labels: {} } })).toBeUndefined();
});

test('only splitBy Host makes a task of many', () => {
  expect([isComposite(splitTask()), isComposite(shown({ splitBy: 'None' })), isComposite(shown())]).toEqual([
    true,
    false,
    false,
  ]);
});

test('an orphaning deletion is one that the garbage collector was told of', () => {
  const deletionTimestamp = '2026-01-01T12:00:00Z';
  expect(leavesOrphans(splitTask({}, {}, { deletionTimestamp, finalizers: ['orphan'] }))).toBe(true);
  expect(leavesOrphans(splitTask({}, {}, { deletionTimestamp, finalizers: ['foregroundDeletion'] }))).toBe(false);
  expect(leavesOrphans(splitTask({}, {}, { finalizers: ['orphan'] }))).toBe(false);
});
