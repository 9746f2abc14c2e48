import { outsideTrouble, type OutsideTrouble } from '../outside/troubles.ts';
import { CinderAnswerError } from './cinder/answers.ts';

/** @returns why a zone cannot be asked at the moment; undefined for an error that is none of the zone's */
export function zoneTrouble(error: unknown): OutsideTrouble | undefined {
  if (error instanceof CinderAnswerError)
    return { reason: 'CinderAnswersOddly', message: error.message, forSomebody: true };
  return outsideTrouble(error);
}
