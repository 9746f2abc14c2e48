import { resourcePath, type ObjectKey } from './objects.ts';
import type { Transport } from './transport.ts';
import { pods } from './workloads.ts';

export interface PodLogOptions {
  readonly container: string;
  /** Goes on until the container ends. */
  readonly follow: boolean;
  /** The server sends no more than so many bytes. */
  readonly limitBytes?: number;
  readonly signal: AbortSignal;
}

/** Reading what containers print. Apart from Client, which most callers need without this. */
export interface PodLogs {
  /**
   * Hands over the log of a container from its beginning, piece by piece; resolves when the server ends it.
   * @throws ApiError (NotFoundError where the pod is gone, 400 where the container has not begun) or TransportError,
   * also for a log that stays silent longer than the transport waits for a stream: read it again then
   */
  read(pod: ObjectKey, options: PodLogOptions, onChunk: (chunk: Buffer) => void): Promise<void>;
}

export class KubePodLogs implements PodLogs {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async read(
    { namespace, name }: ObjectKey,
    { container, follow, limitBytes, signal }: PodLogOptions,
    onChunk: (chunk: Buffer) => void,
  ): Promise<void> {
    const query = new URLSearchParams({
      container,
      ...(follow ? { follow: 'true' } : {}),
      ...(limitBytes === undefined ? {} : { limitBytes: String(limitBytes) }),
    });
    const path = `${resourcePath(pods, namespace, name, 'log')}?${query.toString()}`;
    await this.#transport.stream({ method: 'GET', path, headers: { accept: 'text/plain, */*' }, signal }, onChunk);
  }
}
