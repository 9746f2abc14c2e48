/** What the operator of the controller sets; the same for all tasks. */
export interface Limits {
  readonly maxOutputBytes: number;
}
