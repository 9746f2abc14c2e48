/**
 * Makes the API server wait, when an upgrade is deleted, until the task of a node has ended, what was set in the search
 * cluster is put back, and the machines are free.
 */
export const finalizer = 'fleetwright.io/rollingupgrade';
