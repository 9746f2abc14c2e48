/** The Lease by which one recorder at a time works, in the namespace of our programs. */
export const recorderLease = 'fleetwright-history';
