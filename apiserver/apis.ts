import type { Api } from './api.ts';
import { dispatch } from './dispatch/api.ts';
import { jobx } from './jobx/api.ts';

/** The APIs that a facade serves. */
export const apis: readonly Api[] = [dispatch, jobx];
