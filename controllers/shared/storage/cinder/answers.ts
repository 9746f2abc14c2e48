import type { Backup, BackupRecord, Service, Transfer, Volume } from '../driver.ts';

/*
 * Readers of what Cinder's API answers: whatever comes, a field is what it has to be or is said to be missing.
 */

type Fields = Readonly<Record<string, unknown>>;

/** Cinder has answered with something else than its API says. */
export class CinderAnswerError extends Error {
  readonly code = 'CINDER_ANSWER';

  constructor(what: string) {
    super(`Cinder's answer has no ${what}: see that the endpoint is that of a Cinder, and not of something before it`);
    this.name = 'CinderAnswerError';
  }
}

export function fieldsOf(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new CinderAnswerError(what);
  return { ...value };
}

export function listOf(body: unknown, key: string): readonly Fields[] {
  const list = fieldsOf(body, key)[key];
  if (!Array.isArray(list)) throw new CinderAnswerError(key);
  return list.map((item) => fieldsOf(item, key));
}

/** @throws CinderAnswerError when it is missing or empty */
export function textOf(fields: Fields, key: string): string {
  const text = optionalText(fields, key);
  if (text === undefined) throw new CinderAnswerError(key);
  return text;
}

function optionalText(fields: Fields, key: string): string | undefined {
  const value = fields[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function wholeOf(fields: Fields, key: string): number {
  const value = fields[key];
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw new CinderAnswerError(key);
  return value;
}

/** Cinder's times are in UTC and do not say so: without the Z they would be read as local ones. */
function timeOf(fields: Fields, key: string): string {
  const text = textOf(fields, key);
  const time = new Date(/(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
  if (Number.isNaN(time.getTime())) throw new CinderAnswerError(key);
  return `${time.toISOString().slice(0, 19)}Z`;
}

export function backupOf(fields: Fields): Backup {
  const volumeID = optionalText(fields, 'volume_id') ?? '';
  return {
    id: textOf(fields, 'id'),
    status: textOf(fields, 'status'),
    // What stands there until an import has come to its end.
    volumeID: /^[0-]*$/.test(volumeID) ? '' : volumeID,
    snapshotID: optionalText(fields, 'snapshot_id'),
    size: wholeOf(fields, 'size'),
    createdAt: timeOf(fields, 'created_at'),
    container: optionalText(fields, 'container'),
    failReason: optionalText(fields, 'fail_reason'),
  };
}

export function recordOf(body: unknown): BackupRecord {
  const record = fieldsOf(fieldsOf(body, 'backup-record')['backup-record'], 'backup-record');
  return { service: textOf(record, 'backup_service'), url: textOf(record, 'backup_url') };
}

export function volumeOf(fields: Fields): Volume {
  const metadata = fieldsOf(fields['metadata'] ?? {}, 'metadata');
  return {
    id: textOf(fields, 'id'),
    // Trimmed by Cinder, and missing in a volume without one.
    name: optionalText(fields, 'name') ?? '',
    size: wholeOf(fields, 'size'),
    status: textOf(fields, 'status'),
    type: optionalText(fields, 'volume_type'),
    // In words in every version of the API.
    bootable: textOf(fields, 'bootable') === 'true',
    tenantID: textOf(fields, 'os-vol-tenant-attr:tenant_id'),
    restoredFrom: optionalText(metadata, 'src_backup_id'),
  };
}

export function transferOf(fields: Fields): Transfer {
  return { id: textOf(fields, 'id'), name: optionalText(fields, 'name') ?? '', volumeID: textOf(fields, 'volume_id') };
}

export function serviceOf(fields: Fields): Service {
  return {
    name: textOf(fields, 'binary'),
    up: fields['state'] === 'up' && fields['status'] !== 'disabled',
  };
}
