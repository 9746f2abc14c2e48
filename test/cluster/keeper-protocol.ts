/** A program to run, as plain data: it travels to the keeper process. */
export interface ProgramSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Takes standard output and error; appended to, so that a restart keeps what was said before. */
  readonly logFile: string;
  /** A control group that the program fills; it is removed after the program's end. */
  readonly cgroup?: string;
  /** It is always ended by SIGKILL: it takes no other signal, or nothing in it is worth an orderly end. */
  readonly abrupt?: boolean;
}

export type KeeperRequest =
  | { readonly op: 'spawn'; readonly id: number; readonly spec: ProgramSpec }
  | { readonly op: 'stop'; readonly id: number; readonly name: string; readonly signal: 'SIGTERM' | 'SIGKILL' }
  | { readonly op: 'end'; readonly id: number };

export type KeeperMessage =
  | { readonly kind: 'opened'; readonly folder: string }
  | { readonly kind: 'answer'; readonly id: number; readonly pid?: number; readonly error?: string }
  | { readonly kind: 'exit'; readonly name: string; readonly pid: number; readonly how: string };
