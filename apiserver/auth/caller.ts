/** Who calls: the Kubernetes user and groups in whose name the facade acts. */
export interface Caller {
  readonly user: string;
  readonly groups: readonly string[];
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the guard of an API, before any of its handlers runs. */
    caller: Caller | null;
  }
}
