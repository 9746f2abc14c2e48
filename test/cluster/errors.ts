export type ClusterErrorCode =
  | 'GO_MISSING'
  | 'BUILD_FAILED'
  | 'BINARY_MISSING'
  | 'COMPONENT_FAILED'
  | 'NOT_READY'
  | 'NODES_UNAVAILABLE'
  | 'IMAGE_FAILED'
  | 'NO_FREE_NETWORK'
  | 'NO_FREE_PORT'
  | 'KEEPER_GONE'
  | 'KUBECTL_FAILED'
  | 'LOCK_TIMEOUT'
  | 'DOCKER_MISSING'
  | 'KIND_MISSING'
  | 'KIND_FAILED'
  | 'BAD_USAGE';

/** Thrown by everything under test/cluster. The message names what is wrong and what to do about it. */
export class ClusterError extends Error {
  readonly code: ClusterErrorCode;

  constructor(code: ClusterErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ClusterError';
    this.code = code;
  }
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whether an error of the operating system carries this code, such as ENOENT. */
export function hasErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
