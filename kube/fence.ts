import type { Client } from './client.ts';
import { LeadershipLostError, type LeaderElector } from './lease.ts';

/**
 * A client that writes only while this process leads. A write refused here means that the process must end: `onLost` is told, and the
 * caller gets LeadershipLostError. Reads always pass.
 */
export function fenced(client: Client, elector: LeaderElector, onLost: (error: LeadershipLostError) => void): Client {
  const guard = async <R>(write: () => Promise<R>): Promise<R> => {
    if (elector.isLeader()) return write();
    const error = new LeadershipLostError(elector.leaseName);
    onLost(error);
    throw error;
  };
  return {
    get: (type, key) => client.get(type, key),
    list: (type, options) => client.list(type, options),
    watch: (type, options, onEvent) => client.watch(type, options, onEvent),
    create: (type, object) => guard(() => client.create(type, object)),
    replace: (type, object) => guard(() => client.replace(type, object)),
    mergePatch: (type, key, patch, options) => guard(() => client.mergePatch(type, key, patch, options)),
    apply: (type, object, options) => guard(() => client.apply(type, object, options)),
    delete: (type, key, options) => guard(() => client.delete(type, key, options)),
  };
}
