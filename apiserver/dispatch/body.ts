/** The largest body that is read, in bytes. */
export const bodyLimit = 4 * 1024 * 1024;

/**
 * What a POST /api/run or /api/parallel_run asks for, once its fields have the types that they should have. null counts
 * as not sent.
 */
export interface RunBody {
  readonly name: string;
  readonly nodes: readonly string[];
  readonly user?: string | null;
  readonly tasks?: string | readonly unknown[] | null;
  readonly content?: string | readonly unknown[] | null;
  readonly tasktype?: string | null;
  readonly params?: string | Readonly<Record<string, unknown>> | readonly unknown[] | null;
  readonly fork_num?: number | string | null;
  readonly timeoutSeconds?: number | string | null;
}

/** The same of a POST /api/stop or /api/check. */
export interface QueryBody {
  readonly id?: number | string | null;
  readonly name?: string | null;
}

/** The same of a POST /api/getlog. */
export interface LogBody {
  readonly source?: string | null;
  readonly host?: string | null;
}
