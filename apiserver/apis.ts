import type { Api } from './api.ts';
import { dispatch } from './dispatch/api.ts';
import { jobx } from './jobx/api.ts';
import { kvol } from './kvol/api.ts';
import { ses } from './ses/api.ts';
import { stage } from './stage/api.ts';

/** The APIs that a facade serves. */
export const apis: readonly Api[] = [dispatch, jobx, kvol, ses, stage];
