import { createHash } from 'node:crypto';
import { join } from 'node:path';

/** The only share of a zone. It is nobody's: what is mounted there is a file system in memory. */
export const share = '127.0.0.1:/vol01';

export interface ZonePlaces {
  /** The zone's own. */
  readonly folder: string;
  /** Below which its share is mounted. */
  readonly share: string;
  /** Shared by the zones. */
  readonly backups: string;
  readonly database: string;
  readonly port: number;
  readonly name: string;
}

/** Where Cinder mounts the share, and a volume is a file. */
export function shareFolder({ share: base }: Pick<ZonePlaces, 'share'>): string {
  return join(base, createHash('md5').update(share).digest('hex'));
}

/** Bytes of a piece of a backup, and of what a checksum is made of: larger pieces are many times as fast. */
const block = 32 * 1024 * 1024;

/** @param environment of Python, with Cinder in it. @returns the text of cinder.conf */
export function configuration(
  environment: string,
  { folder, share: base, backups, database, port, name }: ZonePlaces,
): string {
  return `[DEFAULT]
host = ${name}
state_path = ${folder}
transport_url = fake:/
auth_strategy = noauth
api_paste_config = ${environment}/etc/cinder/api-paste.ini
rootwrap_config = ${environment}/etc/cinder/rootwrap.conf
resource_query_filters_file = ${environment}/etc/cinder/resource_filters.json
osapi_volume_listen = 127.0.0.1
osapi_volume_listen_port = ${port}
osapi_volume_workers = 1
enabled_backends = files
# Beside the volume service no other one's heartbeats go on in one process.
service_down_time = 100000
scheduler_driver_init_wait_time = 1
periodic_interval = 3
periodic_fuzzy_delay = 0
backup_driver = cinder.backup.drivers.posix.PosixBackupDriver
backup_posix_path = ${backups}
backup_use_same_host = true
backup_compression_algorithm = none
backup_file_size = ${block}
backup_sha_block_size_bytes = ${block}

[database]
connection = sqlite:///${database}

[oslo_concurrency]
lock_path = ${folder}/locks

[files]
volume_driver = cinder.volume.drivers.nfs.NfsDriver
volume_backend_name = files
nfs_shares_config = ${folder}/shares
nfs_mount_point_base = ${base}
nfs_snapshot_support = true
nas_secure_file_operations = false
nas_secure_file_permissions = false
`;
}
