import { describe, expect, test } from 'vitest';

import type { Observed } from '../../../../controllers/storagezone/observe.ts';
import { plan } from '../../../../controllers/storagezone/plan.ts';
import { catalogueEntry } from '../../../../controllers/shared/storage/catalogue.ts';
import type { OutsideTrouble } from '../../../../controllers/shared/outside/troubles.ts';
import type { Backup } from '../../../../controllers/shared/storage/driver.ts';
import type { StorageZone, StorageZoneStatus } from '../../../../crds/types/storagezone.ts';
import { catalogued, storageZone } from '../../../harness/volumerecovery/objects.ts';
import { playedBackup } from '../../../harness/volumerecovery/played-zone.ts';

const now = new Date('2026-01-01T00:01:00Z');
const rhythm = { probeEvery: 15_000 };
const up = ['cinder-scheduler', 'cinder-volume', 'cinder-backup'].map((name) => ({ name, up: true }));
const answered = { version: '3.71', services: up, backups: [] as readonly Backup[] };
const silent: OutsideTrouble = { reason: 'CinderUnreachable', message: 'Cinder does not answer', forSomebody: false };

function observed(change: Partial<Observed> = {}, status: StorageZoneStatus = {}): Observed {
  const zone: StorageZone = { ...storageZone('a'), status };
  return {
    zone: { ...zone, metadata: { ...zone.metadata, generation: 1 } },
    probe: answered,
    catalogue: [],
    others: { all: 1, silent: 0 },
    copyTrouble: undefined,
    ...change,
  };
}

function entries(...backups: readonly Backup[]): Observed['catalogue'] {
  return backups.flatMap((backup) => catalogueEntry(catalogued('system', backup)) ?? []);
}

/** Status of Ready and Stalled, and why. */
function said({ status }: ReturnType<typeof plan>): string {
  const of = (type: string) => status?.conditions?.find((condition) => condition.type === type);
  return `${of('Ready')?.status} ${of('Stalled')?.status} ${of('Ready')?.reason}`;
}

describe('a zone', () => {
  test('that answers and has nothing new is ready', () => {
    const backup = playedBackup('b-1', 'v-1');
    const next = plan(observed({ probe: { ...answered, backups: [backup] }, catalogue: entries(backup) }), now, rhythm);
    expect(said(next)).toBe('True False Ready');
    expect(next.status?.catalogue).toEqual({ backups: 1, newest: '2026-01-01T00:00:00Z' });
    expect(next.status?.microversion).toBe('3.71');
    expect(next.requeueAfter).toBe(15_000);
  });

  test('that does not answer once is asked again', () => {
    const next = plan(observed({ probe: { trouble: silent } }), now, rhythm);
    expect(said(next)).toBe('False False Unanswered');
    expect(next.status?.unansweredSince).toBe('2026-01-01T00:01:00Z');
  });

  test.each([
    ['44 s', '2026-01-01T00:00:16Z', 'False False Unanswered'],
    ['45 s', '2026-01-01T00:00:15Z', 'False True Unreachable'],
  ])('that has not answered for %s is what that says', (_what, unansweredSince, expected) => {
    expect(said(plan(observed({ probe: { trouble: silent } }, { unansweredSince }), now, rhythm))).toBe(expected);
  });

  test.each([
    [{ all: 1, silent: 1 }, 'False False MostZonesUnanswered'],
    [{ all: 2, silent: 1 }, 'False False MostZonesUnanswered'],
    [{ all: 3, silent: 1 }, 'False True Unreachable'],
    [{ all: 0, silent: 0 }, 'False True Unreachable'],
  ])('that is silent like these others (%j) is %s', (others, expected) => {
    const status = { unansweredSince: '2026-01-01T00:00:00Z' };
    expect(said(plan(observed({ probe: { trouble: silent }, others }, status), now, rhythm))).toBe(expected);
  });

  test('that answers again is silent no more', () => {
    const next = plan(observed({}, { unansweredSince: '2026-01-01T00:00:00Z' }), now, rhythm);
    expect(next.status).not.toHaveProperty('unansweredSince');
  });

  test('that lets nobody in says which right is missing', () => {
    const message = 'Cinder does not allow GET /os-services: Policy does not allow volume_extension:services:index';
    const trouble = { reason: 'CinderLetsNobodyIn', message, forSomebody: true };
    const next = plan(observed({ probe: { trouble } }), now, rhythm);
    expect(said(next)).toBe('False True CinderLetsNobodyIn');
    expect(next.status?.message).toBe(message);
  });

  test.each([
    ['3.54', 'False True VersionTooOld'],
    ['2.99', 'False True VersionTooOld'],
    ['3.9', 'False True VersionTooOld'],
    ['3.55', 'True False Ready'],
    ['3.100', 'True False Ready'],
  ])('of version %s is %s', (version, expected) => {
    expect(said(plan(observed({ probe: { ...answered, version } }), now, rhythm))).toBe(expected);
  });

  test.each([
    ['not there', up.filter(({ name }) => name !== 'cinder-backup')],
    ['down', up.map((service) => ({ ...service, up: service.name !== 'cinder-backup' }))],
  ])('whose backup service is %s says so', (_what, services) => {
    const next = plan(observed({ probe: { ...answered, services } }), now, rhythm);
    expect(said(next)).toBe('False True ServiceDown');
    expect(next.status?.message).toContain('cinder-backup is not up');
  });

  test('is left alone when it is being deleted, and so is its catalogue', () => {
    const zone = { ...storageZone('a'), metadata: { name: 'a', deletionTimestamp: '2026-01-01T00:00:00Z' } };
    expect(plan(observed({ zone, catalogue: entries(playedBackup('b-1', 'v-1')) }), now, rhythm)).toEqual({
      intents: [],
    });
  });
});

function orders(backups: readonly Backup[], catalogue: Observed['catalogue']): readonly string[] {
  return plan(observed({ probe: { ...answered, backups }, catalogue }), now, rhythm).intents.map(
    (intent) => `${intent.do} ${'backup' in intent ? intent.backup.id : intent.entry.backup.id}`,
  );
}

describe('the catalogue', () => {
  const older = playedBackup('older', 'v-1', { createdAt: '2025-01-01T00:00:00Z' });
  const newer = playedBackup('newer', 'v-1', { createdAt: '2026-01-01T00:00:00Z' });

  test('gets the records of new backups, the newest first', () => {
    expect(orders([older, newer], [])).toEqual(['copyRecord newer', 'copyRecord older']);
  });

  test.each(['creating', 'error', 'restoring'])('gets none of a backup that is %s', (status) => {
    expect(orders([{ ...older, status }], [])).toEqual([]);
  });

  test('marks what the zone shows no more, and takes nothing out', () => {
    expect(orders([newer], entries(older, newer))).toEqual(['markMissing older']);
  });

  test('marks what the zone shows again', () => {
    const missing = entries(older).map((entry) => ({ ...entry, missing: true }));
    expect(orders([older], missing)).toEqual(['markSeen older']);
  });

  test('is not filled with more than ten at once', () => {
    const many = Array.from({ length: 25 }, (_, index) => playedBackup(`b-${index}`, 'v-1'));
    expect(orders(many, [])).toHaveLength(10);
  });

  test('of a zone that gives no record says so', () => {
    const copyTrouble = {
      reason: 'CinderRefuses',
      message: 'Service cinder-backup could not be found',
      forSomebody: false,
    };
    const next = plan(observed({ copyTrouble }), now, rhythm);
    expect(said(next)).toBe('False True RecordRefused');
  });
});
