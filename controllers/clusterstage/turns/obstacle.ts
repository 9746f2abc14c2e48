/** Why a node does not begin now. */
export interface Obstacle {
  /** CamelCase. */
  readonly reason: string;
  readonly message: string;
  /** Somebody has to do something. */
  readonly stuck?: boolean;
  /** Milliseconds after which to look again, at the latest. */
  readonly requeueAfter?: number;
}
