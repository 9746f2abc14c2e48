import type { FastifySchema } from 'fastify';

/*
 * They describe the API (see ../openapi). Parameters are read by parameters.ts, which tells in the API's own words what
 * is wrong with one.
 */

const text = (description: string): object => ({ type: 'string', description });

const zone = (of: string): object => text(`name of the zone ${of}`);
const failure = (description: string): object => ({
  description,
  type: 'object',
  required: ['message'],
  properties: { message: { type: 'string', description: 'what went wrong, and what to do' } },
});

const failures = {
  400: failure('A parameter is missing or cannot be used; the message begins with its name.'),
  401: failure('No token, or one that is not valid or has expired; or the Kubernetes user behind it may not do this.'),
  405: failure("The call could not be done for a reason that is not the caller's; or it was made by another method."),
  429: failure('Too many calls. The header Retry-After says, in seconds, when to call again.'),
};

/** Each has a description of its own, which is where it is. */
function answers(success: object, empty: boolean): Readonly<Record<string, object>> {
  return {
    200: { description: 'Done.', ...success },
    ...(empty ? { 204: { description: 'There is no such data.', type: 'null' } } : {}),
    ...failures,
  };
}

function list(name: string, fields: Readonly<Record<string, string>>): object {
  const properties = Object.fromEntries(
    Object.entries(fields).map(([field, description]) => [
      field,
      { type: field === 'seq' ? 'integer' : 'string', description },
    ]),
  );
  return {
    type: 'object',
    required: [name],
    properties: { [name]: { type: 'array', items: { type: 'object', required: Object.keys(fields), properties } } },
  };
}

function parameters(
  required: Readonly<Record<string, object>>,
  optional: Readonly<Record<string, object>> = {},
): object {
  return { type: 'object', required: Object.keys(required), properties: { ...required, ...optional } };
}

const ordered = {
  type: 'object',
  required: ['message', 'rowkey'],
  properties: {
    message: text('that it was begun'),
    rowkey: { type: 'integer', minimum: 1, description: 'its number, by which its progress is asked for' },
  },
};

function order(operationId: string, what: string, id: string, described: string): FastifySchema {
  return {
    operationId,
    summary: what,
    description:
      'Begins it, although it is a GET: each call is an order of its own, and makes one volume. ' +
      'Its progress is asked for by the row key.',
    tags: ['kvol'],
    querystring: parameters(
      {
        'src-zone': zone('that the volume comes from'),
        'src-volume-type-id': text('id of its volume type there'),
        [id]: text(described),
        'dst-zone': zone('of the new volume'),
        'dst-tenant-id': text('the tenant (project) there to whom it is handed'),
        'dst-volume-type-id': text('id of its volume type there'),
      },
      {
        bootable: { type: 'string', enum: ['yes', 'no'], default: 'no', description: 'whether machines boot from it' },
      },
    ),
    response: answers(ordered, false),
  };
}

function progress(operationId: string, what: string, origin: string, described: string): FastifySchema {
  return {
    operationId,
    summary: what,
    description: 'The newest orders first, those that are over included, as long as their VolumeRecoveries are there.',
    tags: ['kvol'],
    querystring: parameters(
      {},
      {
        rowkey: { type: 'integer', minimum: 0, default: 0, description: 'of one order; 0: of all' },
        limit: { type: 'integer', minimum: 1, maximum: 1000, default: 5, description: 'how many, the newest first' },
      },
    ),
    response: answers(
      list('clist', {
        create_end: 'when it ended, UTC, YYYY-MM-DD HH:MM:SS; empty until then',
        create_start: 'when it began, or was asked for while it waits',
        dst_svm_name: 'the storage virtual machine of the new volume',
        dst_zone_id: 'the zone of the new volume',
        new_volume_id: 'its id, once it belongs to the tenant',
        [origin]: described,
        org_zone_id: 'the zone that it comes from',
        result_msg: 'OK, or what it waits for or failed with',
        src_svm_name: 'the storage virtual machine with the backup',
        src_zone_id: 'the zone where the backup is',
        status: 'WAIT, RUNNING, SUCCESS or FAIL',
      }),
      true,
    ),
  };
}

export const schemas = {
  token: {
    operationId: 'token',
    summary: 'A token for the other calls, good for ten minutes',
    description: 'By basic authentication with name and key of a credential.',
    tags: ['kvol'],
    response: answers(
      {
        type: 'object',
        required: ['token', 'expires'],
        properties: {
          token: text('the password of gabianet in the other calls'),
          expires: { type: 'integer', description: 'after how many seconds it is not good any more' },
        },
      },
      false,
    ),
  },
  list: {
    operationId: 'list',
    summary: 'Where volumes of a type are backed up',
    description: 'As the StorageZone says.',
    tags: ['kvol'],
    querystring: parameters({
      zone: zone('of the volume type'),
      'volume-type-id': text('id of the volume type there'),
    }),
    response: answers(
      list('backup', {
        cluster_ip: 'the address by which the storage cluster is managed',
        name: 'the file system with the backups',
        seq: 'number of the place',
        svm_ip: 'address of the storage virtual machine',
        svm_name: 'its name',
        zone_id: 'the zone where the backups are',
      }),
      true,
    ),
  },
  show: {
    operationId: 'show',
    summary: 'The same in detail',
    description: 'With the paths from which volumes and backups are mounted.',
    tags: ['kvol'],
    querystring: parameters(
      { 'src-zone': zone('of the volume type'), 'src-volume-type-id': text('id of the volume type there') },
      { 'dst-zone': zone('of the backups; all when not sent') },
    ),
    response: answers(
      list('backup-detail', {
        'dst-path': 'where the backups are mounted from',
        'dst-svm-name': 'the storage virtual machine with the backups',
        'dst-zone': 'its zone',
        'src-path': 'where the volumes are mounted from',
        'src-svm-name': 'the storage virtual machine with the volumes',
        'src-vol-type-id': 'the volume type',
        'src-zone': 'its zone',
        status: 'active or inactive',
      }),
      true,
    ),
  },
  create: order('create', 'A new volume in another zone from a snapshot', 'src-snapshot-id', 'the snapshot'),
  createlist: progress('createlist', 'What became of such volumes', 'org_snapshot_id', 'the snapshot'),
  recovery: order(
    'recovery',
    'A volume of a zone that failed, brought back in another one',
    'src-volume-id',
    'the volume',
  ),
  recoverylist: progress('recoverylist', 'What became of such volumes', 'org_volume_id', 'the volume'),
} satisfies Readonly<Record<string, FastifySchema>>;
