import { expect, test } from 'vitest';

import type { Intent } from '../../../../controllers/clusterstage/intents.ts';
import { carryOut, lanesOf } from '../../../../controllers/clusterstage/lanes.ts';
import type { PodView } from '../../../../controllers/clusterstage/pods.ts';

const because = 'a test';
const node = (name: string) => ({ metadata: { name } });
const claim = (...hosts: readonly string[]): Intent => ({ do: 'claimHosts', hosts, tickets: new Map(), because });
const takeOut = (name: string): Intent => ({ do: 'takeOut', node: node(name), patch: {}, because });
const putBack = (name: string): Intent => ({ do: 'putBack', node: node(name), patch: {}, because });
const release = (...hosts: readonly string[]): Intent => ({ do: 'releaseHosts', hosts, because });
const evict = (name: string): Intent => ({ do: 'evict', pod: podView(name), because });
const freeStale = (host: string): Intent => {
  const holder = { kind: 'AgentTask', namespace: 'default', name: 'gone', uid: 'uid-gone' };
  return { do: 'freeStaleClaim', claim: { host, machine: host, holder, lease: `host-${host}` }, because };
};
const last: Intent = { do: 'removeFinalizer', because };

function podView(name: string): PodView {
  const view = { ready: true, leaving: false, owned: true, emptyDir: false, nameReturns: false, budgets: [] };
  return { key: `default/${name}`, namespace: 'default', name, uid: `uid-${name}`, ...view };
}

function shape(intents: readonly Intent[]): readonly (readonly string[])[] {
  return lanesOf(intents).map((lanes) => lanes.map((lane) => lane.map((each) => each.do).join(' ')));
}

test('what is done to one node keeps its order, and does not wait for another one', () => {
  expect(shape([claim('a'), takeOut('a'), claim('b'), takeOut('b')])).toEqual([
    ['claimHosts takeOut', 'claimHosts takeOut'],
  ]);
});

test('a node that goes out in the place of another one waits until that is back, and its pods until it is out', () => {
  expect(shape([claim('a'), takeOut('a'), evict('web-1'), freeStale('c'), putBack('b'), release('b')])).toEqual([
    ['freeStaleClaim', 'putBack releaseHosts'],
    ['claimHosts takeOut'],
    ['evict'],
  ]);
});

test('where a node does not come back, none goes out in its place', async () => {
  const done: string[] = [];
  const carriedOut = carryOut([claim('a'), takeOut('a'), putBack('b')], async (intent) => {
    done.push(intent.do);
    if (intent.do === 'putBack') throw new Error('b cannot be reached');
  });
  await expect(carriedOut).rejects.toThrow('b cannot be reached');
  expect(done).toEqual(['putBack']);
});

test('what is about all nodes waits for all', () => {
  expect(shape([putBack('a'), putBack('b'), release('a', 'b'), last])).toEqual([
    ['putBack', 'putBack'],
    ['releaseHosts'],
    ['removeFinalizer'],
  ]);
});

test('a node whose turn fails holds up no other one, and is told of', async () => {
  const done: string[] = [];
  const names = Array.from({ length: 30 }, (_, index) => `node-${index}`);
  const intents = names.flatMap((name) => [claim(name), takeOut(name)]);
  const carriedOut = carryOut(intents, async (intent) => {
    const name = intent.do === 'claimHosts' ? intent.hosts[0] : intent.do === 'takeOut' && intent.node.metadata.name;
    if (name === 'node-3') throw new Error(`${name} cannot be reached`);
    done.push(`${intent.do} ${name}`);
  });
  await expect(carriedOut).rejects.toThrow('node-3 cannot be reached');
  expect(done.filter((line) => line.startsWith('takeOut'))).toHaveLength(29);
});
