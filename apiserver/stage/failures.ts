import { troubleOf, unanswered, type Trouble } from '../troubles.ts';
import { StageError } from './errors.ts';

/** What is answered to an error: a status that says what it means, and words. */
export function failureOf(error: unknown, requestId: string): Pick<Trouble, 'httpStatus' | 'message' | 'retryAfter'> {
  if (error instanceof StageError) return { httpStatus: 400, message: error.message };
  const trouble = troubleOf(error, requestId, 'stages');
  // A stage that is asked for twice is set once.
  return trouble.code === 'UNANSWERED' ? { ...trouble, message: unanswered(requestId) } : trouble;
}
