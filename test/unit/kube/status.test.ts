import { array, assert, boolean, constant, constantFrom, dictionary, integer, letrec, oneof, property, string, type Arbitrary } from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { KubeObject, ResourceType } from '../../../kube/objects.ts';
import { mergePatchBetween, patchStatus } from '../../../kube/status.ts';
import { FakeApi } from './fake-api.ts';

/** RFC 7386, section 2, as its pseudo code has it. */
function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const kept = typeof target === 'object' && target !== null && !Array.isArray(target) ? Object.entries(target) : [];
  const result = new Map<string, unknown>(kept);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) result.delete(name);
    else result.set(name, applyMergePatch(result.get(name), value));
  }
  return Object.fromEntries(result);
}

const { json } = letrec<{ json: unknown; leaf: unknown; map: Record<string, unknown> }>((tie) => ({
  // No null within maps: a merge patch cannot write one, and no status of ours holds one.
  leaf: oneof(boolean(), integer(), string({ maxLength: 3 }), constant('')),
  json: oneof({ maxDepth: 4 }, tie('leaf'), array(tie('leaf'), { maxLength: 3 }), tie('map')),
  map: dictionary(constantFrom('a', 'b', 'c', '__proto__', 'constructor', 'toString'), tie('json'), { maxKeys: 4 }),
}));
const object: Arbitrary<Record<string, unknown>> = dictionary(constantFrom('a', 'b', 'c', '__proto__', 'constructor'), json, { maxKeys: 4 });

describe('mergePatchBetween', () => {
  test('makes a patch that, applied as RFC 7386 says, gives the target', () => {
    assert(
      property(object, object, (before, after) => {
        const patch = mergePatchBetween(before, after);
        const sent: unknown = patch === undefined ? {} : JSON.parse(JSON.stringify(patch));
        expect(JSON.stringify(sorted(applyMergePatch(before, sent)))).toBe(JSON.stringify(sorted(after)));
      }),
      { numRuns: 1000 },
    );
  });

  test('makes none between equal objects', () => {
    assert(
      property(object, (value) => {
        expect(mergePatchBetween(value, structuredClone(value))).toBeUndefined();
      }),
    );
  });

  test('takes a member that is undefined for one that is not there', () => {
    expect(mergePatchBetween({ a: 1, b: 2 }, { a: 1, b: undefined })).toEqual({ b: null });
    expect(mergePatchBetween({ a: 1 }, { a: 1, b: undefined })).toBeUndefined();
  });

  test('sends only what differs, and lists whole', () => {
    const before = { phase: 'Running', hosts: [1, 2], deep: { x: 1, y: 2 } };
    const after = { phase: 'Running', hosts: [1, 3], deep: { x: 1, z: 3 } };
    expect(mergePatchBetween(before, after)).toEqual({ hosts: [1, 3], deep: { y: null, z: 3 } });
  });
});

/** Members in order of their names, so that only content is compared. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value).map(([name, member]) => [name, sorted(member)]).toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1));
}

interface Widget extends KubeObject {
  readonly status?: { readonly phase?: string; readonly note?: string };
}
const widgets: ResourceType<Widget> = { group: 'example.test', version: 'v1', plural: 'widgets', kind: 'Widget', namespaced: true };

describe('patchStatus', () => {
  test('sends the difference with the UID and resourceVersion it was computed from, to the subresource', async () => {
    const api = new FakeApi();
    const widget: Widget = { metadata: { name: 'a', namespace: 'x', uid: 'u', resourceVersion: '7' }, status: { phase: 'Old', note: 'n' } };
    await patchStatus(api, widgets, widget, { phase: 'New' });
    expect(api.calls).toEqual([
      { verb: 'patch', type: 'widgets', key: 'x/a', body: { metadata: { uid: 'u', resourceVersion: '7' }, status: { phase: 'New', note: null } }, options: { subresource: 'status' } },
    ]);
  });

  test('sends nothing when nothing differs', async () => {
    const api = new FakeApi();
    const widget: Widget = { metadata: { name: 'a', namespace: 'x' }, status: { phase: 'Same' } };
    expect(await patchStatus(api, widgets, widget, { phase: 'Same' })).toBeUndefined();
    expect(api.calls).toEqual([]);
  });
});
