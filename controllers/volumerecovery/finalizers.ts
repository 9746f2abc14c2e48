/**
 * Makes the API server wait, when a recovery is deleted, until the volume that it made and did not hand over is deleted
 * too.
 */
export const finalizer = 'fleetwright.io/volumerecovery';
