import { OutsideError } from '../../shared/outside/errors.ts';

/** The nodes have no elected manager at the moment. What they say then is of the past. */
export class NoManagerError extends OutsideError {
  readonly code = 'NO_MANAGER';

  constructor() {
    super('OpenSearch', 'the search cluster has no elected manager at the moment');
  }
}
