import type { StorageZoneStatus } from '../../crds/types/storagezone.ts';
import { rfc3339 } from '../../kube/conditions.ts';
import { firstOf } from '../shared/planning.ts';
import { Reports } from '../shared/reports.ts';
import { spokenVersion } from '../shared/storage/cinder/client.ts';
import { catalogueOrders } from './catalogue.ts';
import type { Intent, Plan } from './intents.ts';
import type { Observed, Probe } from './observe.ts';

/** How often a zone is asked, milliseconds. */
export interface Rhythm {
  readonly probeEvery: number;
}

/** A zone has to be silent for so many probes before anything is concluded from it. */
const silentProbes = 3;

/** An answer to each of the calls of a probe. */
type Answered = Observed & { readonly probe: Exclude<Probe, { readonly trouble: object }> };

const reports = new Reports<StorageZoneStatus, Intent>({
  runsToAnEnd: false,
  waiting: {},
  underWay: {},
  action: 'Probe',
});

/** Decides what is to be done about a zone, from what was observed alone. */
export function plan(observed: Observed, now: Date, rhythm: Rhythm): Plan {
  const { zone, probe } = observed;
  // The catalogue stays: the zone may be described anew, and may be gone.
  if (zone.metadata.deletionTimestamp !== undefined) return { intents: [] };
  if ('trouble' in probe) return troubled(observed, probe.trouble, now, rhythm);
  const answered: Answered = { ...observed, probe };
  return (
    firstOf([refuseOldVersion, waitForServices, keepCatalogue], answered, now, rhythm) ?? ready(answered, now, rhythm)
  );
}

/** A zone that does not answer is not yet a zone that is gone; and when most are silent the fault is on our side. */
function troubled(
  { zone, others }: Observed,
  {
    reason,
    message,
    forSomebody,
  }: { readonly reason: string; readonly message: string; readonly forSomebody: boolean },
  now: Date,
  { probeEvery }: Rhythm,
): Plan {
  if (forSomebody) return reports.stuck(zone, now, reason, message, probeEvery);
  const since = zone.status?.unansweredSince ?? rfc3339(now);
  const silentFor = now.getTime() - Date.parse(since);
  const noted = (next: Plan): Plan =>
    next.status === undefined ? next : { ...next, status: { ...next.status, unansweredSince: since } };
  if (silentFor < silentProbes * probeEvery)
    return noted(
      reports.waiting(zone, now, 'Unanswered', `asked again, as one answer may be lost: ${message}`, probeEvery),
    );
  if (others.all > 0 && (others.silent + 1) * 2 > others.all + 1) {
    const most = `${others.silent + 1} of ${others.all + 1} zones do not answer`;
    return noted(
      reports.waiting(
        zone,
        now,
        'MostZonesUnanswered',
        `${most}: the fault may be on the side of these controllers, so nothing is concluded; ${message}`,
        probeEvery,
      ),
    );
  }
  return noted(reports.stuck(zone, now, 'Unreachable', message, probeEvery));
}

function refuseOldVersion({ zone, probe }: Answered, now: Date, { probeEvery }: Rhythm): Plan | undefined {
  if (isAtLeast(probe.version, spokenVersion)) return undefined;
  return answeredNow(
    probe,
    reports.stuck(
      zone,
      now,
      'VersionTooOld',
      `the zone offers version ${probe.version} of the API, and ${spokenVersion} is needed: it cannot be used`,
      probeEvery,
    ),
  );
}

function waitForServices({ zone, probe }: Answered, now: Date, { probeEvery }: Rhythm): Plan | undefined {
  const up = new Set(probe.services.filter((service) => service.up).map(({ name }) => name));
  const missing = ['cinder-scheduler', 'cinder-volume', 'cinder-backup'].filter((name) => !up.has(name));
  if (missing.length === 0) return undefined;
  return answeredNow(
    probe,
    reports.stuck(zone, now, 'ServiceDown', `the API answers, but ${missing.join(' and ')} is not up`, probeEvery),
  );
}

function keepCatalogue(
  { zone, probe, catalogue, copyTrouble }: Answered,
  now: Date,
  { probeEvery }: Rhythm,
): Plan | undefined {
  if (copyTrouble !== undefined) {
    const message = `the record of a backup cannot be copied: ${copyTrouble.message}`;
    return answeredNow(probe, reports.stuck(zone, now, 'RecordRefused', message, probeEvery));
  }
  const intents = catalogueOrders(probe.backups, catalogue);
  // What the watch of the catalogue tells brings us back at once; this is for what it does not.
  return intents.length === 0 ? undefined : { intents, requeueAfter: probeEvery };
}

function ready({ zone, probe, catalogue }: Answered, now: Date, { probeEvery }: Rhythm): Plan {
  const newest = catalogue
    .map(({ backup }) => backup.createdAt)
    .toSorted()
    .at(-1);
  const told = { backups: catalogue.length, ...(newest === undefined ? {} : { newest }) };
  const message = 'the zone answers, and the records of its backups are in the catalogue';
  const status = reports.settled(zone, now, 'Ready', message, { catalogue: told });
  return answeredNow(probe, { intents: [], status, requeueAfter: probeEvery });
}

function answeredNow({ version }: Answered['probe'], next: Plan): Plan {
  if (next.status === undefined) return next;
  const { unansweredSince: _, ...status } = next.status;
  return { ...next, status: { ...status, microversion: version } };
}

/** Of versions such as `3.9` and `3.71`. */
function isAtLeast(version: string, needed: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [neededMajor = 0, neededMinor = 0] = needed.split('.').map(Number);
  return major === neededMajor && minor >= neededMinor;
}
