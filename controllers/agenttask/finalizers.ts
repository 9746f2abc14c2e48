/** Makes the API server wait, when a task is deleted, until its run has ended and its hosts are free, or until the tasks it made are gone. */
export const finalizer = 'fleetwright.io/agenttask';

/**
 * On a task that another one made, from its creation until that one has recorded how it ended: as long as it is there, the maker can tell a
 * child that was deleted from one that was never made, and makes none twice.
 */
export const childFinalizer = 'fleetwright.io/composite';
