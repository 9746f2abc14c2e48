/** Reasons of batches that no run has given. */
export const batchReasons = {
  taken: 'NameTaken',
  deleted: 'TaskDeleted',
  hostsNotRun: 'HostsNotRun',
} as const;
