/**
 * Makes the API server wait, when a task is deleted, until its run has ended and its hosts are free, or until the tasks
 * it made are gone.
 */
export const finalizer = 'fleetwright.io/agenttask';
