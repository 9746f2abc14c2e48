import { RefusalError } from '../../outside/errors.ts';
import type { StorageDriver } from '../driver.ts';
import { backupOf, fieldsOf, listOf, recordOf, serviceOf, textOf, transferOf, volumeOf } from './answers.ts';
import type { CinderClient } from './client.ts';

/** The storage of a zone by the API of its Cinder. */
export function cinderDriver(cinder: CinderClient): StorageDriver {
  const everybody = { all_tenants: '1' };
  return {
    projectID: cinder.projectID,
    newestVersion: () => cinder.newestVersion(),
    async services() {
      return listOf(await cinder.call({ method: 'GET', path: '/os-services' }), 'services').map(serviceOf);
    },
    async backups() {
      return (await cinder.list('/backups/detail', 'backups', everybody)).map(backupOf);
    },
    async exportRecord(backupID) {
      return recordOf(await cinder.call({ method: 'GET', path: `/backups/${backupID}/export_record` }));
    },
    async backup(id) {
      return ifThere(async () => backupOf(await one(cinder, `/backups/${id}`, 'backup')));
    },
    async volumeType(id) {
      return ifThere(async () => {
        const type = await one(cinder, `/types/${id}`, 'volume_type');
        return { id: textOf(type, 'id'), name: textOf(type, 'name') };
      });
    },
    async volume(id) {
      return ifThere(async () => volumeOf(await one(cinder, `/volumes/${id}`, 'volume')));
    },
    async volumesNamed(name) {
      const volumes = (await cinder.list('/volumes/detail', 'volumes', { ...everybody, name })).map(volumeOf);
      // A Cinder that does not know a filter answers with everything, or with nothing.
      return volumes.filter((volume) => volume.name === name);
    },
    async transfersOf(volumeID) {
      // Whole: before version 3.59 the size of a page is taken for a filter that nothing matches.
      const body = await cinder.call({ method: 'GET', path: '/volume-transfers/detail' });
      const transfers = listOf(body, 'transfers').map(transferOf);
      return transfers.filter((transfer) => transfer.volumeID === volumeID);
    },
    async reasons(resourceID) {
      const messages = await cinder.list('/messages', 'messages', { resource_uuid: resourceID });
      return messages
        .filter((message) => message['resource_uuid'] === resourceID)
        .toSorted((a, b) => String(b['created_at']).localeCompare(String(a['created_at'])))
        .map((message) => textOf(message, 'user_message'));
    },
    async importRecord({ service, url }) {
      const record = { backup_service: service, backup_url: url };
      await cinder.call({ method: 'POST', path: '/backups/import_record', body: { 'backup-record': record } });
    },
    async createVolume({ name, size, typeID, description }) {
      const volume = { name, size, volume_type: typeID, description };
      made(await cinder.call({ method: 'POST', path: '/volumes', body: { volume } }), 'volume');
    },
    async restore(backupID, volumeID) {
      const body = { restore: { volume_id: volumeID } };
      await cinder.call({ method: 'POST', path: `/backups/${backupID}/restore`, body });
    },
    async setBootable(volumeID, bootable) {
      const body = { 'os-set_bootable': { bootable } };
      await cinder.call({ method: 'POST', path: `/volumes/${volumeID}/action`, body });
    },
    async offerTransfer(volumeID, name) {
      const body = { transfer: { volume_id: volumeID, name } };
      const transfer = made(await cinder.call({ method: 'POST', path: '/volume-transfers', body }), 'transfer');
      return { id: textOf(transfer, 'id'), key: textOf(transfer, 'auth_key') };
    },
    async acceptTransfer(id, key, projectID) {
      const body = { accept: { auth_key: key } };
      await cinder.call({ method: 'POST', path: `/volume-transfers/${id}/accept`, body, projectID });
    },
    async withdrawTransfer(id) {
      await ifThere(() => cinder.call({ method: 'DELETE', path: `/volume-transfers/${id}` }));
    },
    async deleteVolume(id) {
      await ifThere(() => cinder.call({ method: 'DELETE', path: `/volumes/${id}` }));
    },
  };
}

async function one(cinder: CinderClient, path: string, key: string): Promise<Readonly<Record<string, unknown>>> {
  return made(await cinder.call({ method: 'GET', path }), key);
}

/** @throws CinderAnswerError for a 2xx that holds nothing: something answered, and nothing was made */
function made(body: unknown, key: string): Readonly<Record<string, unknown>> {
  return fieldsOf(fieldsOf(body, key)[key], key);
}

/** @returns undefined for what Cinder itself says there is none of; what stands before it may answer 404 as well */
async function ifThere<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof RefusalError && error.httpStatus === 404 && isItemNotFound(error.answer)) return undefined;
    throw error;
  }
}

function isItemNotFound(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && 'itemNotFound' in answer;
}
