import { rm } from 'node:fs/promises';

import { pino, type Logger } from 'pino';
import { expect, onTestFinished, test } from 'vitest';

import { pairOf, type KeyPair } from '../../../../apiserver/tls/key-pair.ts';
import { firstPair, Rotation } from '../../../../apiserver/tls/rotation.ts';
import { mountPair, newKey, newPair, type MountedPair, type TestPair } from '../../../tls/certificates.ts';

interface Site {
  readonly mounted: MountedPair;
  readonly rotation: Rotation;
  /** The certificate that new connections are shown. */
  shown(this: void): string;
  readonly changes: readonly string[];
  /** Texts of the log, in order. */
  logged(this: void): readonly string[];
}

function recorded(lines: string[]): Logger {
  return pino(
    { level: 'info' },
    { write: (line: string) => void lines.push((JSON.parse(line) as { readonly msg: string }).msg) },
  );
}

async function siteWith(first: TestPair, use: (pair: KeyPair) => void = () => undefined): Promise<Site> {
  const mounted = await mountPair(first);
  onTestFinished(() => mounted.remove());
  const lines: string[] = [];
  const changes: string[] = [];
  const listener = {
    pair: pairOf(first, mounted),
    use(pair: KeyPair) {
      use(pair);
      this.pair = pair;
    },
  };
  const rotation = new Rotation(mounted, listener, { changed: (result) => void changes.push(result) }, recorded(lines));
  return { mounted, rotation, shown: () => listener.pair.certificate, changes, logged: () => lines };
}

async function looks({ rotation }: Site, times: number): Promise<void> {
  for (let count = 0; count < times; count += 1) await rotation.look();
}

test('files that stay as they are are left alone', async () => {
  const site = await siteWith(newPair('first'));
  await looks(site, 3);
  expect([site.changes, site.logged()]).toEqual([[], []]);
});

test('a new pair is taken at the next look, once', async () => {
  const site = await siteWith(newPair('first'));
  const second = newPair('second');
  await site.mounted.replace(second);
  await looks(site, 3);
  expect(site.shown()).toBe(second.certificate);
  expect([site.changes, site.logged()]).toEqual([['taken'], ['certificate replaced']]);
});

test('a broken new pair is refused once, however often it is looked at, and the next good one is taken', async () => {
  const first = newPair('first');
  const site = await siteWith(first);
  await site.mounted.replace({ ...newPair('broken'), key: newKey() });
  await looks(site, 4);
  expect(site.shown()).toBe(first.certificate);
  expect(site.changes).toEqual(['refused']);
  await site.mounted.replace({ ...newPair('broken too'), key: newKey() });
  await looks(site, 2);
  expect(site.changes).toEqual(['refused', 'refused']);
  const good = newPair('good');
  await site.mounted.replace(good);
  await looks(site, 1);
  expect(site.shown()).toBe(good.certificate);
  expect(site.logged()).toEqual([
    'new certificate refused: the old one stays in use',
    'new certificate refused: the old one stays in use',
    'certificate replaced',
  ]);
});

test('a pair whose halves come one after the other is no broken pair', async () => {
  const site = await siteWith(newPair('first'));
  const second = newPair('second');
  await site.mounted.replace({ certificate: second.certificate, key: newKey() });
  await looks(site, 1);
  await site.mounted.replace(second);
  await looks(site, 1);
  expect(site.shown()).toBe(second.certificate);
  expect(site.changes).toEqual(['taken']);
});

test('files that are gone are said once, and what was read goes on being shown', async () => {
  const first = newPair('first');
  const site = await siteWith(first);
  await rm(site.mounted.key);
  await looks(site, 4);
  expect([site.shown(), site.changes]).toEqual([first.certificate, ['refused']]);
});

test('what the server itself refuses ends nothing', async () => {
  const first = newPair('first');
  const site = await siteWith(first, () => {
    throw new Error('ee key too small');
  });
  await site.mounted.replace(newPair('second'));
  await looks(site, 2);
  expect([site.shown(), site.changes]).toEqual([first.certificate, ['refused']]);
});

test.each([
  [{ from: -2, to: -1 }, 'the certificate has expired: callers will refuse it'],
  [{ from: 1, to: 2 }, 'the certificate is not valid yet: callers will refuse it'],
])('a certificate of another time is served with a warning (%j)', async (time, warning) => {
  const site = await siteWith(newPair('first'));
  await site.mounted.replace(newPair('second', time));
  await looks(site, 1);
  expect(site.logged()).toEqual(['certificate replaced', warning]);
  const lines: string[] = [];
  await firstPair(site.mounted, recorded(lines));
  expect(lines).toEqual([warning]);
});
