import { expect, test } from 'vitest';

import type { Intent } from '../../../../controllers/clusterstage/intents.ts';
import { lanesOf, sideBySide } from '../../../../controllers/clusterstage/lanes.ts';
import type { PodView } from '../../../../controllers/clusterstage/pods.ts';

const because = 'a test';
const node = (name: string) => ({ metadata: { name } });
const claim = (...hosts: readonly string[]): Intent => ({ do: 'claimHosts', hosts, tickets: new Map(), because });
const takeOut = (name: string): Intent => ({ do: 'takeOut', node: node(name), patch: {}, because });
const putBack = (name: string): Intent => ({ do: 'putBack', node: node(name), patch: {}, because });
const release = (...hosts: readonly string[]): Intent => ({ do: 'releaseHosts', hosts, because });
const evict = (name: string): Intent => ({ do: 'evict', pod: podView(name), because });
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

test('an eviction that the API server lets wait holds up nothing else', async () => {
  const pods = Array.from({ length: 60 }, (_, index) => `web-${index}`);
  const [lanes = []] = lanesOf([...pods.map(evict), claim('a'), takeOut('a')]);
  const { promise: counted, resolve: count } = Promise.withResolvers<undefined>();
  const evicted: string[] = [];
  const carriedOut = sideBySide(lanes, async (intent) => {
    if (intent.do === 'evict') {
      evicted.push(intent.pod.name);
      await counted;
    }
    if (intent.do === 'takeOut') count(undefined);
  });
  await carriedOut;
  expect(evicted).toEqual(pods);
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
  const [lanes = []] = lanesOf(intents);
  const carriedOut = sideBySide(lanes, async (intent) => {
    const name = intent.do === 'claimHosts' ? intent.hosts[0] : intent.do === 'takeOut' && intent.node.metadata.name;
    if (name === 'node-3') throw new Error(`${name} cannot be reached`);
    done.push(`${intent.do} ${name}`);
  });
  await expect(carriedOut).rejects.toThrow('node-3 cannot be reached');
  expect(done.filter((line) => line.startsWith('takeOut'))).toHaveLength(29);
});
