import type { StageInfo } from './report.ts';

/** The form of every answer. */
export interface StageAnswer {
  readonly msg: string;
  readonly entity: readonly unknown[];
  readonly stage_info: StageInfo | null;
  /** A JSON list as text: what was done for it, and how that went. */
  readonly statuses: string;
  readonly return: 'true' | 'false';
}

/** What the original program said of its calls. */
export const codes = {
  set: { done: 'CLST_STAGE_SET_OK', failed: 'CLST_STAGE_SET_FAILURE' },
  get: { done: 'CLST_STAGE_GET_OK', failed: 'CLST_STAGE_GET_FAILURE' },
  list: { done: 'CLST_STAGE_LIST_OK', failed: 'CLST_STAGE_LIST_FAILURE' },
  info: { done: 'CLST_STAGE_INFO_OK', failed: 'CLST_STAGE_INFO_FAILURE' },
} as const;

export function done(call: keyof typeof codes, msg: string, entity: readonly unknown[], info: StageInfo): StageAnswer {
  const statuses = JSON.stringify([{ code: codes[call].done, level: 'INFO', message: msg }]);
  return { msg, entity, stage_info: info, statuses, return: 'true' };
}

export function failed(call: keyof typeof codes, msg: string): StageAnswer {
  const statuses = JSON.stringify([{ code: codes[call].failed, level: 'ERROR', message: msg }]);
  return { msg, entity: [], stage_info: null, statuses, return: 'false' };
}
