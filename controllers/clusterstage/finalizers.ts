/** Makes the API server wait, when a ClusterStage is deleted, until all nodes are as they were and free. */
export const finalizer = 'fleetwright.io/clusterstage';
