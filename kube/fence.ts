import type { Client } from './client.ts';
import { LeadershipLostError, type LeaderElector } from './lease.ts';

/**
 * A client that writes only while this process leads. A write refused here means that the process must end: `onLost` is
 * told, and the caller gets LeadershipLostError. Reads always pass. It asks before the call and, where the client can,
 * once more when the request goes out.
 */
export function fenced(client: Client, elector: LeaderElector, onLost: (error: LeadershipLostError) => void): Client {
  const mayWrite = (): void => {
    if (elector.isLeader()) return;
    const error = new LeadershipLostError(elector.leaseName);
    onLost(error);
    throw error;
  };
  const writer = client.guarded?.(mayWrite) ?? client;
  const guard = async <R>(write: () => Promise<R>): Promise<R> => {
    mayWrite();
    return write();
  };
  return {
    get: (type, key) => client.get(type, key),
    list: (type, options) => client.list(type, options),
    watch: (type, options, onEvent) => client.watch(type, options, onEvent),
    create: (type, object) => guard(() => writer.create(type, object)),
    replace: (type, object) => guard(() => writer.replace(type, object)),
    mergePatch: (type, key, patch, options) => guard(() => writer.mergePatch(type, key, patch, options)),
    apply: (type, object, options) => guard(() => writer.apply(type, object, options)),
    delete: (type, key, options) => guard(() => writer.delete(type, key, options)),
  };
}
