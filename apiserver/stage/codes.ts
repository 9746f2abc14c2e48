/** What the original program said of its calls. */
export const codes = {
  set: { done: 'CLST_STAGE_SET_OK', failed: 'CLST_STAGE_SET_FAILURE' },
  get: { done: 'CLST_STAGE_GET_OK', failed: 'CLST_STAGE_GET_FAILURE' },
  list: { done: 'CLST_STAGE_LIST_OK', failed: 'CLST_STAGE_LIST_FAILURE' },
  info: { done: 'CLST_STAGE_INFO_OK', failed: 'CLST_STAGE_INFO_FAILURE' },
} as const;
