import { describe, expect, test } from 'vitest';

import { argumentOf, flatFields, readScope, readStage } from '../../../../apiserver/stage/body.ts';

function set(argument: object): unknown {
  return readStage(argumentOf({ argument }, 'set'), { scopeNamesNode: false });
}

function get(argument: object): unknown {
  return readScope(argumentOf({ argument }, 'get'), { scopeNamesNode: false });
}

describe('what a call asks for', () => {
  test('is a node unless it says otherwise, and fields that nobody knows are not read', () => {
    expect(set({ Stage: 'support', Reason: 'a new disk' })).toEqual({
      stage: 'support',
      scope: 'node',
      data: undefined,
      node: undefined,
    });
    expect(set({ Stage: 'booting', Scope: 'node', Data: 'x', Node: '192.0.2.1' })).toMatchObject({
      data: 'x',
      node: '192.0.2.1',
    });
    expect(get({ Scope: 'cluster', Node: '' })).toEqual({ scope: 'cluster', node: undefined });
  });

  test('is about the node that Data names, unless another one is named or all are meant', () => {
    const Data = { node: 'node-a', why: 'a new disk' };
    expect(set({ Stage: 'support', Data })).toEqual({ stage: 'support', scope: 'node', data: Data, node: 'node-a' });
    expect(set({ Stage: 'support', Data, Node: 'node-b' })).toMatchObject({ node: 'node-b' });
    expect(set({ Stage: 'support', Data, Scope: 'cluster' })).toMatchObject({ scope: 'cluster', node: undefined });
    expect(set({ Stage: 'support', Data: null })).toMatchObject({ data: null, node: undefined });
  });

  test('is flat in original mode, where a scope may be the name of a node', () => {
    const options = { scopeNamesNode: true };
    const fields = flatFields({ Stage: 'support', Scope: 'node-a' }, 'set');
    expect(readStage(fields, options)).toMatchObject({ scope: 'node', node: 'node-a' });
    expect(readScope(flatFields({ Scope: 'cluster' }, 'get'), options)).toMatchObject({ scope: 'cluster' });
    expect(flatFields('anything', 'info')).toEqual({});
    expect(() => flatFields(['Stage'], 'set')).toThrow('body: send a JSON object');
  });

  test('may be left out by info alone', () => {
    expect(argumentOf(undefined, 'info')).toEqual({});
    expect(argumentOf({ argument: null }, 'info')).toEqual({});
    expect(() => argumentOf({}, 'get')).toThrow('Required entity is missing: argument');
  });

  test.each<[what: string, argument: object, message: string]>([
    ['no stage', { Scope: 'node' }, 'Required entity is missing: Stage'],
    ['an unknown stage', { Stage: 'Support' }, 'there is no such stage; send one of running, support'],
    ['an unknown scope', { Stage: 'support', Scope: 'nodes' }, 'there is no such scope; send one of cluster, node'],
    ['a stage that is no text', { Stage: ['support'] }, 'Stage: send a text'],
    ['a node that is no text', { Stage: 'support', Node: 7 }, 'Node: send a text'],
    ['data that is a list', { Stage: 'support', Data: [1] }, 'Data: send a text, an object or null'],
    ['too large an object', { Stage: 'support', Data: { why: 'x'.repeat(4096) } }, 'is longer than 4096 characters'],
    ['too much data', { Stage: 'support', Data: '任'.repeat(4097) }, 'Data: is longer than 4096 characters'],
    ['a node in small letters', { Stage: 'support', node: 'node-a' }, 'node: is written Node'],
    ['a scope in capitals', { Stage: 'support', SCOPE: 'cluster' }, 'SCOPE: is written Scope'],
    ['a node of the whole cluster', { Stage: 'support', Scope: 'cluster', Node: 'a' }, 'send Scope node, or leave out'],
  ])('is refused with %s', (_, argument, message) => {
    expect(() => set(argument)).toThrow(message);
  });

  test.each<[what: string, argument: object, message: string]>([
    ['no scope', {}, 'Required entity is missing: Scope'],
    ['an unknown scope', { Scope: 'rack' }, 'Failed to get the stage in the scope(rack): send one of cluster, node'],
    ['a scope in small letters', { scope: 'node' }, 'scope: is written Scope'],
    ['a node of the whole cluster', { Scope: 'cluster', Node: 'a' }, 'send Scope node, or leave out'],
  ])('is refused with %s, where only the scope is asked for', (_, argument, message) => {
    expect(() => get(argument)).toThrow(message);
  });
});
