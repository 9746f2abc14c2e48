import type { Api } from './api.ts';
import { dispatch } from './dispatch/api.ts';

/** The APIs that a facade serves. */
export const apis: readonly Api[] = [dispatch];
