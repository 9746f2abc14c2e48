export const system = 'fleetwright-system';

/** Name of the Secret with the SSH key in each namespace of tasks. */
export const keySecret = 'hosts-key';
